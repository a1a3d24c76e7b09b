// SPDX-License-Identifier: Apache-2.0

// Command check-dashboard checks dashboards strictly against Grafana's schema. Errors are unknown fields, fields of a wrong
// type, missing fields, and panels of a type that is not in the list below.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/bargauge"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/heatmap"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/statetimeline"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// Only the types of panels that the dashboard uses: compiling all types takes minutes.
var panels = map[string]variants.PanelcfgConfig{
	"bargauge":       bargauge.VariantConfig(),
	"heatmap":        heatmap.VariantConfig(),
	"stat":           stat.VariantConfig(),
	"state-timeline": statetimeline.VariantConfig(),
	"timeseries":     timeseries.VariantConfig(),
}

func check(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var strict, read dashboard.Dashboard
	// UnmarshalJSONStrict always returns a list of errors, which is empty on success, and does not fill in the panels.
	var found cog.BuildErrors
	if err := strict.UnmarshalJSONStrict(text); !errors.As(err, &found) || len(found) > 0 {
		return err
	}
	if err := json.Unmarshal(text, &read); err != nil {
		return err
	}
	for _, each := range read.Panels {
		if each.Panel == nil {
			continue
		}
		if _, known := panels[each.Panel.Type]; !known {
			return fmt.Errorf("panels of type %q are not supported: add the type to the list in check-dashboard/main.go", each.Panel.Type)
		}
	}
	return read.Validate()
}

func main() {
	runtime := cog.NewRuntime()
	for _, each := range panels {
		runtime.RegisterPanelcfgVariant(each)
	}
	runtime.RegisterDataqueryVariant(prometheus.VariantConfig())
	status := 0
	for _, file := range os.Args[1:] {
		if err := check(file); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", file, err)
			status = 1
		}
	}
	os.Exit(status)
}
