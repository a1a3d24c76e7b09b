// Command check-dashboard reads dashboards against Grafana's schema, strictly: a field that the schema does not know, one of
// another type, and one that is missing are errors. It knows the options of the panels too.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func check(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var read dashboard.Dashboard
	// It answers with a list of errors, which is empty when all is well, and never nil.
	var found cog.BuildErrors
	if err := read.UnmarshalJSONStrict(text); !errors.As(err, &found) || len(found) > 0 {
		return err
	}
	return read.Validate()
}

func main() {
	plugins.RegisterDefaultPlugins()
	status := 0
	for _, file := range os.Args[1:] {
		if err := check(file); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", file, err)
			status = 1
		}
	}
	os.Exit(status)
}
