package handlers

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// maxSecretFile bounds a secret file, in bytes.
const maxSecretFile = 64 << 10

// secretFile reads a secret from the file that a field names, without the
// line end that editors put after it.
func (p *providerChecker) secretFile(name string) string {
	path := p.text(name)
	if path == "" {
		return ""
	}
	secret, err := readSecret(path)
	if err != nil {
		p.bad(name, "", "cannot read the secret: %v", err)
	}
	return secret
}

// readSecret reads a bounded file; every error names the path, none the
// content.
func readSecret(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSecretFile+1))
	if err != nil {
		return "", err
	}
	if len(text) > maxSecretFile {
		return "", fmt.Errorf("%s is over %d bytes", path, maxSecretFile)
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if strings.TrimSpace(secret) == "" {
		return "", fmt.Errorf("%s is empty", path)
	}
	return secret, nil
}

// openSecrets warns of a settings file that holds a secret and may be read by
// everyone on the machine.
func (c *settingsChecker) openSecrets() {
	if !c.src.file.worldReadable {
		return
	}
	for _, in := range c.src.providerInputs() {
		for _, name := range []string{"client_secret", "private_key"} {
			if f, ok := in.fields[name]; ok && !f.variable {
				c.warn(f.where, "providers."+in.id+"."+name, "chmod o-r "+c.src.file.path+", or use "+name+fileSuffix,
					"everyone on this machine can read this secret")
				return
			}
		}
	}
}
