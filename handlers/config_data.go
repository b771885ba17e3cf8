package handlers

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// PrepareData makes the data folder and an empty database file where they are
// absent, readable by their owner alone: SQLite gives its side files the mode
// of the database, so the file must be there before SQLite opens it. The
// process-wide umask is left alone.
//
// What exists and is open to others is closed if it is ours; the returned
// warnings tell. An error means that others could change what Gatebook keeps,
// or that it could not be made.
func (c Config) PrepareData() (Problems, error) {
	ps, err := prepareDir(c.DataDir, c.DB)
	if err != nil {
		return ps, fmt.Errorf("data folder: %w", err)
	}
	more, err := prepareFile(c.DB)
	if err != nil {
		return ps, fmt.Errorf("database: %w", err)
	}
	return append(ps, more...), nil
}

func prepareDir(dir, db string) (Problems, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	mode, mine, known := info.Mode().Perm(), false, false
	if mine, known = ownedByUs(info); !known || mode&0o077 == 0 {
		return nil, nil
	}
	if mine && holdsOnlyOurs(dir, db) {
		return closeToOthers(dir, mode, 0o700)
	}
	if mode&0o002 != 0 {
		return nil, fmt.Errorf("everyone may write to %s; use a folder within it, which Gatebook makes for itself: --data-dir %s",
			dir, filepath.Join(dir, "gatebook"))
	}
	return Problems{{Where: dir, Setting: "data_dir", Warning: true, Message: fmt.Sprintf("others may look into the data folder (mode %04o)", mode),
		Suggestion: "chmod 700 " + dir + ", or name a folder of its own"}}, nil
}

// holdsOnlyOurs keeps Gatebook from shutting a folder that serves others too,
// such as /tmp or a home: it must be empty or already hold our database.
func holdsOnlyOurs(dir, db string) bool {
	if filepath.Dir(db) == filepath.Clean(dir) {
		if info, err := os.Stat(db); err == nil && info.Mode().IsRegular() {
			return true
		}
	}
	list, err := os.ReadDir(dir)
	return err == nil && len(list) == 0
}

func prepareFile(path string) (Problems, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		return nil, f.Close()
	}
	if !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file", path)
	}
	mode := info.Mode().Perm()
	mine, known := ownedByUs(info)
	if !known || mode&0o077 == 0 {
		return nil, nil
	}
	if !mine {
		return nil, fmt.Errorf("%s belongs to someone else and is open to others (mode %04o)", path, mode)
	}
	return closeToOthers(path, mode, 0o600)
}

func closeToOthers(path string, was, mode fs.FileMode) (Problems, error) {
	if err := os.Chmod(path, mode); err != nil {
		return nil, err
	}
	return Problems{{Where: path, Warning: true, Message: fmt.Sprintf("was open to others (mode %04o); changed to %04o", was, mode)}}, nil
}
