package handlers

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/alecthomas/kong"
)

// Source is where settings come from besides the command line: the given
// environment and one settings file. It is an option of kong: with it, a flag
// that is absent takes its value from its variable, else from the file.
//
// A file that cannot be read or parsed does not stop kong, so that commands
// without settings keep working; Settings.Resolve reports it.
type Source struct {
	env      map[string]string
	defaults []string // settings files to look for when none is named

	opened   bool
	file     settingsFile
	problems Problems
	flags    map[string]bool // names of the flags on the command line
}

// NewSource makes a source of an environment in the form of os.Environ. When
// neither flag nor variable names a settings file, it is gatebook.toml in the
// working directory, else /etc/gatebook/gatebook.toml, else none.
func NewSource(environ []string) *Source {
	s := &Source{
		env:      map[string]string{},
		defaults: []string{"gatebook.toml", "/etc/gatebook/gatebook.toml"},
		flags:    map[string]bool{},
	}
	for _, pair := range environ {
		if name, value, ok := strings.Cut(pair, "="); ok && name != "" {
			s.env[name] = value
		}
	}
	return s
}

// Apply makes the source answer for absent flags, as an option of kong.New.
func (s *Source) Apply(k *kong.Kong) error {
	for _, option := range []kong.Option{kong.Resolvers(s), kong.WithBeforeResolve(s.note)} {
		if err := option.Apply(k); err != nil {
			return err
		}
	}
	return nil
}

// Validate accepts every command line; see Resolve.
func (s *Source) Validate(*kong.Application) error { return nil }

// Resolve answers for an absent flag of Settings. kong prefers a resolver's
// word to the environment, so the environment, which must win over the file,
// is asked here first; an empty variable counts as unset.
func (s *Source) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	setting, ok := settingOf(flag)
	if !ok {
		return nil, nil
	}
	if value := s.env[setting.variable]; value != "" {
		return value, nil
	}
	if e, ok := s.file.values[setting.key]; ok {
		return e.value, nil
	}
	if flag.HasDefault {
		return flag.Default, nil
	}
	return nil, nil
}

// note remembers which flags were on the command line, and opens the file
// that the command line or the environment names before values are asked for.
func (s *Source) note(ctx *kong.Context) error {
	config, wanted := "", false
	for _, p := range ctx.Path {
		wanted = wanted || slices.ContainsFunc(p.Flags, isSetting)
		if p.Flag == nil || p.Resolved || !isSetting(p.Flag) {
			continue
		}
		s.flags[p.Flag.Name] = true
		if p.Flag.Name == "config" {
			config, _ = ctx.FlagValue(p.Flag).(string)
		}
	}
	if config == "" {
		config = s.env["GATEBOOK_CONFIG"]
	}
	if wanted {
		s.open(config)
	}
	return nil
}

// open reads the settings file once.
func (s *Source) open(path string) {
	if s.opened {
		return
	}
	s.opened = true
	if path != "" {
		s.file, s.problems = readSettingsFile(path, s.place("config"))
		return
	}
	for _, path := range s.defaults {
		if _, err := os.Stat(path); err == nil {
			s.file, s.problems = readSettingsFile(path, path)
			return
		}
	}
}

// place says where a setting's value was made: a flag, a variable or a line of
// the file; "" for a default.
func (s *Source) place(key string) string {
	i := slices.IndexFunc(allSettings(), func(t settingInfo) bool { return t.key == key })
	if i < 0 {
		return ""
	}
	t := allSettings()[i]
	if s.flags[t.flag] {
		return "--" + t.flag
	}
	if s.env[t.variable] != "" {
		return t.variable
	}
	if e, ok := s.file.values[key]; ok {
		return s.file.at(e.line)
	}
	return ""
}

// places is place for every setting and for every field of every provider.
func (s *Source) places() map[string]string {
	places := map[string]string{}
	for _, t := range allSettings() {
		if place := s.place(t.key); place != "" {
			places[t.key] = place
		}
	}
	for _, p := range s.providerInputs() {
		for name, f := range p.fields {
			places["providers."+p.id+"."+name] = f.where
		}
	}
	return places
}

// paths are the data directory and the database in it. A database typed as a
// flag is taken as typed, as any command line is read.
func (s *Source) paths(dir, db string) (string, string) {
	if dir == "" {
		dir, _, _ = strings.Cut(s.env["STATE_DIRECTORY"], ":") // systemd may list several
	}
	if dir == "" {
		dir = "gatebook-data"
	}
	if !filepath.IsAbs(db) && !s.flags["db"] {
		db = filepath.Join(dir, db)
	}
	return filepath.Clean(dir), db
}

// settingInfo is one row of the settings: a flag, its variable and its key.
type settingInfo struct {
	flag, variable, key   string
	list                  bool
	fallback, placeholder string
	help                  string
}

// settingOf tells the flags of Settings from a command's own by their variable.
func settingOf(flag *kong.Flag) (settingInfo, bool) {
	if len(flag.Tag.Envs) != 1 || !strings.HasPrefix(flag.Tag.Envs[0], varPrefix) {
		return settingInfo{}, false
	}
	t := settingInfo{
		flag:        flag.Name,
		variable:    flag.Tag.Envs[0],
		key:         strings.ReplaceAll(flag.Name, "-", "_"),
		list:        flag.Target.Kind() == reflect.Slice,
		fallback:    flag.Tag.Get("fallback"),
		placeholder: flag.PlaceHolder,
		help:        flag.Help,
	}
	if flag.HasDefault {
		t.fallback = "`" + flag.Default + "`"
	}
	return t, true
}

func isSetting(flag *kong.Flag) bool {
	_, ok := settingOf(flag)
	return ok
}

// allSettings are the flags of Settings as kong understands them, in order.
// The model is a property of the type, so a failure is a fault of this program.
var allSettings = sync.OnceValue(func() []settingInfo {
	parser, err := kong.New(&struct{ Settings }{})
	if err != nil {
		panic(fmt.Sprintf("settings: %v", err))
	}
	var list []settingInfo
	for _, flag := range parser.Model.Flags {
		if t, ok := settingOf(flag); ok {
			list = append(list, t)
		}
	}
	return list
})

// fileKeys are the settings that a file may hold: all but the file's own path.
func fileKeys() []settingInfo {
	return slices.DeleteFunc(slices.Clone(allSettings()), func(t settingInfo) bool { return t.key == "config" })
}
