package handlers

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"gatebook/handlers/providers"
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

// readSecret reads a secret's file; every error names the path, none the
// content.
func readSecret(path string) (string, error) {
	text, err := readBounded(path, maxSecretFile)
	if err != nil {
		return "", err
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if strings.TrimSpace(secret) == "" {
		return "", fmt.Errorf("%s is empty", path)
	}
	return secret, nil
}

// readBounded reads a file of at most limit bytes; its errors name the path.
func readBounded(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s is over %d bytes", path, limit)
	}
	return data, nil
}

// openSecrets warns of a settings file that holds a secret and may be read by
// everyone on the machine.
func (c *settingsChecker) openSecrets() {
	if !c.src.file.worldReadable {
		return
	}
	for _, in := range c.src.providerInputs() {
		for _, name := range in.names() {
			if f := in.fields[name]; isSecretField(name) && !f.variable {
				c.warn(f.where, "providers."+in.id+"."+name, "chmod o-r "+c.src.file.path+", or use "+name+fileSuffix,
					"everyone on this machine can read this secret")
				return
			}
		}
	}
}

// isSecretField says whether any kind keeps a secret under this name.
func isSecretField(name string) bool {
	return slices.ContainsFunc(providers.Kinds(), func(k providers.Kind) bool {
		return slices.ContainsFunc(k.Fields, func(f providers.Field) bool { return f.Secret && f.Name == name })
	})
}
