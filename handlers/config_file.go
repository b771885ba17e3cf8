package handlers

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
)

// maxSettingsFile bounds the settings file, in bytes.
const maxSettingsFile = 1 << 20

// settingsFile is one read TOML file: its top-level values and its provider
// tables, each with its line. The zero value is no file.
type settingsFile struct {
	path          string
	worldReadable bool
	broken        bool // it could not be read to its end
	values        map[string]fileEntry
	providers     map[string]providerTable
}

// fileEntry is one value of the file, as TOML's own types, and its line.
type fileEntry struct {
	value any
	line  int
}

// providerTable is one [providers.ID] table.
type providerTable struct {
	line   int
	fields map[string]fileEntry
}

func (f settingsFile) at(line int) string {
	if line == 0 {
		return f.path
	}
	return fmt.Sprintf("%s:%d", f.path, line)
}

// readSettingsFile reads and parses the file at path; where is what to blame
// if it cannot be read (the flag, the variable or the path itself).
func readSettingsFile(path, where string) (settingsFile, Problems) {
	f, err := os.Open(path)
	if err != nil {
		return settingsFile{path: path, broken: true}, Problems{{Where: where, Setting: "config", Message: fmt.Sprintf("cannot read the settings file: %v", err)}}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSettingsFile+1))
	if err == nil && len(text) > maxSettingsFile {
		err = fmt.Errorf("%s is over %d bytes", path, maxSettingsFile)
	}
	if err != nil {
		return settingsFile{path: path, broken: true}, Problems{{Where: where, Setting: "config", Message: fmt.Sprintf("cannot read the settings file: %v", err)}}
	}
	file, problems := parseSettings(path, string(text))
	if info, err := f.Stat(); err == nil {
		file.worldReadable = worldReadable(info)
	}
	return file, problems
}

// worldReadable is never said on Windows, where the mode says nothing of who
// may read a file.
func worldReadable(info fs.FileInfo) bool {
	return runtime.GOOS != "windows" && info.Mode().Perm()&0o004 != 0
}
