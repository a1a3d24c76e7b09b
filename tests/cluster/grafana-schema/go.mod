// The types that are generated from Grafana's own schema, to check our dashboard against it.
module tcr-assistant/tests/cluster/grafana-schema

go 1.26.0

tool tcr-assistant/tests/cluster/grafana-schema/check-dashboard

require github.com/grafana/grafana-foundation-sdk/go v0.0.22
