// SPDX-License-Identifier: Apache-2.0

// Command script-health runs a health script of Argo CD, as Argo CD does: in Lua, with the object in the variable obj. Each line
// of standard input is an object in JSON. For each, the program prints a line with the health (Healthy, Progressing, Degraded).
//
// Usage: script-health SCRIPT
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	lua "github.com/yuin/gopher-lua"
)

// valueOf converts a value of JSON. Argo CD's library maps null to nil, too.
func valueOf(state *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case string:
		return lua.LString(value)
	case float64:
		return lua.LNumber(value)
	case bool:
		return lua.LBool(value)
	case []any:
		table := state.NewTable()
		for _, each := range value {
			table.Append(valueOf(state, each))
		}
		return table
	case map[string]any:
		table := state.NewTable()
		for key, each := range value {
			table.RawSetString(key, valueOf(state, each))
		}
		return table
	}
	return lua.LNil
}

func health(script, object string) (string, error) {
	var decoded any
	if err := json.Unmarshal([]byte(object), &decoded); err != nil {
		return "", err
	}
	state := lua.NewState()
	defer state.Close()
	state.SetGlobal("obj", valueOf(state, decoded))
	if err := state.DoString(script); err != nil {
		return "", err
	}
	table, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return "", fmt.Errorf("the script returned no table")
	}
	return table.RawGetString("status").String(), nil
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		status, err := health(os.Args[1], lines.Text())
		if err != nil {
			fmt.Fprintf(os.Stderr, "%v: %s\n", err, lines.Text())
			os.Exit(1)
		}
		fmt.Println(status)
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
