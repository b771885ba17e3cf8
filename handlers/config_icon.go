package handlers

import (
	"bytes"
	"fmt"

	"gatebook/handlers/providers"
)

// maxIcon bounds a provider's own picture, in bytes.
const maxIcon = 64 << 10

// icon reads the picture that a provider's settings name.
func (p *providerChecker) icon(path string) {
	if path == "" {
		return
	}
	icon, err := readIcon(path)
	if err != nil {
		p.bad("icon", "use an SVG or PNG file of up to 64 KB", "cannot use the picture: %v", err)
		return
	}
	p.cfg.Icon = icon
}

// readIcon reads a bounded picture and tells its type by what it holds, not by
// its name.
func readIcon(path string) (providers.Icon, error) {
	data, err := readBounded(path, maxIcon)
	switch {
	case err != nil:
		return providers.Icon{}, err
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return providers.Icon{Path: path, Type: "image/png", Data: data}, nil
	case bytes.Contains(data[:min(len(data), 1024)], []byte("<svg")):
		return providers.Icon{Path: path, Type: "image/svg+xml", Data: data}, nil
	}
	return providers.Icon{}, fmt.Errorf("%s is neither", path)
}
