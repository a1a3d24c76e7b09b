// The types that Grafana's own schema was made into, which tell whether our dashboard keeps to it.
module tcr-assistant/tests/cluster/grafana-schema

go 1.26.0

tool tcr-assistant/tests/cluster/grafana-schema/check-dashboard

require github.com/grafana/grafana-foundation-sdk/go v0.0.22
