package handlers

// DataSettings are the flags of the commands that work on the database beside
// a running server: where it is, and nothing else.
type DataSettings struct {
	Config  string `env:"GATEBOOK_CONFIG" placeholder:"FILE" help:"Settings file (TOML)."`
	DataDir string `env:"GATEBOOK_DATA_DIR" placeholder:"DIR" help:"Folder for everything that Gatebook keeps."`
	DB      string `name:"db" env:"GATEBOOK_DB" default:"gatebook.db" placeholder:"FILE" help:"SQLite database."`
}

// Path is the database that the settings name. It fails with Problems if the
// settings file cannot be read.
func (s *DataSettings) Path(src *Source) (string, error) {
	src.open(s.Config)
	if err := src.problems.Err(); err != nil {
		return "", err
	}
	_, path := src.paths(s.DataDir, s.DB)
	return path, nil
}
