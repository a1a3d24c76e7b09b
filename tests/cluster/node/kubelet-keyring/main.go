// SPDX-License-Identifier: Apache-2.0

// kubelet-keyring FILE: prints which logins kubelet uses for images. Each line of FILE is a JSON object with the members
// "keys", the keys of a dockerconfigjson in the order in which they are added, and "image". The program prints a line for
// each: "-" if kubelet refuses the image's name, else the repository and the positions of the keys whose logins kubelet tries,
// first to last.
//
// In place of keys and image, an object may have "content", the content of a pull Secret, and "isLegacy". The program then
// prints "-" if kubelet cannot parse the content, else its logins as a JSON list of [key, user name, password], sorted by key.
// User name and password are in base64, because they may be any bytes.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sort"

	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/credentialprovider"
	"k8s.io/kubernetes/pkg/util/parsers"
)

type keyringCase struct {
	Keys  []string `json:"keys"`
	Image string   `json:"image"`

	Content  *string `json:"content"`
	IsLegacy bool    `json:"isLegacy"`
}

func loginsOf(of keyringCase) string {
	var config credentialprovider.DockerConfigJSON
	var err error
	if of.IsLegacy {
		err = json.Unmarshal([]byte(*of.Content), &config.Auths)
	} else {
		err = json.Unmarshal([]byte(*of.Content), &config)
	}
	if err != nil {
		return "-"
	}
	logins := [][]string{}
	for key, login := range config.Auths {
		encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
		logins = append(logins, []string{key, encode(login.Username), encode(login.Password)})
	}
	sort.Slice(logins, func(i, j int) bool { return logins[i][0] < logins[j][0] })
	text, err := json.Marshal(logins)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func answer(of keyringCase) string {
	if of.Content != nil {
		return loginsOf(of)
	}
	repository, _, _, err := parsers.ParseImageName(of.Image)
	if err != nil {
		return "-"
	}
	keyring := &credentialprovider.BasicDockerKeyring{}
	for i, key := range of.Keys {
		login := credentialprovider.DockerConfigEntry{Username: fmt.Sprint(i)}
		keyring.Add(nil, credentialprovider.DockerConfig{key: login})
	}
	logins, _ := keyring.Lookup(repository)
	text := repository
	for _, login := range logins {
		text += " " + login.Username
	}
	return text
}

func run(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	out := bufio.NewWriter(os.Stdout)
	for lines := json.NewDecoder(bufio.NewReader(file)); ; {
		var next keyringCase
		if err := lines.Decode(&next); err == io.EOF {
			return out.Flush()
		} else if err != nil {
			return err
		}
		fmt.Fprintln(out, answer(next))
	}
}

func main() {
	// Kubelet logs each key that it ignores.
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: kubelet-keyring FILE")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
