// SPDX-License-Identifier: Apache-2.0

// Command compute-status prints what kstatus concludes from objects. Each line of standard input is an object in JSON. For each,
// the program prints a line with the status (InProgress, Current, Failed, Terminating), a tab and the message.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

func compute(line []byte) (*status.Result, error) {
	// The method reads whole numbers as int64, which the library needs.
	var object unstructured.Unstructured
	if err := object.UnmarshalJSON(line); err != nil {
		return nil, err
	}
	return status.Compute(&object)
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 4<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		result, err := compute(lines.Bytes())
		if err != nil {
			fmt.Fprintf(os.Stderr, "%v: %s\n", err, lines.Text())
			os.Exit(1)
		}
		fmt.Fprintf(out, "%s\t%s\n", result.Status, strings.ReplaceAll(result.Message, "\n", " "))
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
