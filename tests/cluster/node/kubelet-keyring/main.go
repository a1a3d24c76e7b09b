// kubelet-keyring FILE: prints which logins kubelet uses for images. Each line of FILE is a JSON object with the members
// "keys", the keys of a dockerconfigjson in the order in which they are added, and "image". The program prints a line for
// each: "-" if kubelet refuses the image's name, else the repository and the positions of the keys whose logins kubelet tries,
// first to last.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/credentialprovider"
	"k8s.io/kubernetes/pkg/util/parsers"
)

type keyringCase struct {
	Keys  []string `json:"keys"`
	Image string   `json:"image"`
}

func answer(of keyringCase) string {
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
