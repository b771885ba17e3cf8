package handlers

import (
	"log/slog"
	"os"
)

// Logger writes to f in the configured form and from the configured level on.
// A terminal is told from a pipe by being a character device.
func (c Config) Logger(f *os.File) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.LogLevel}
	text := c.LogFormat == "text"
	if c.LogFormat == "auto" {
		info, err := f.Stat()
		text = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	if text {
		return slog.New(slog.NewTextHandler(f, options))
	}
	return slog.New(slog.NewJSONHandler(f, options))
}
