package db

import "context"

// watch looks whether another process has written, so that a session it ended
// is forgotten here within the interval. Where it cannot look, no session is
// believed from memory.
func (w *writer) watch() {
	err := w.watchInside()
	if err != nil {
		w.store.live.clear()
		if !w.blind {
			w.store.log.Error("watching the database", "error", err)
		}
	}
	w.blind = err != nil
}

// watchInside is watch within a transaction, where what it finds stays true
// until the commit.
func (w *writer) watchInside() error {
	var version int64
	stmt, err := w.prepare("PRAGMA data_version")
	if err != nil {
		return err
	}
	if err := stmt.QueryRowContext(context.Background()).Scan(&version); err != nil {
		return translate(err)
	}
	if version != w.version {
		w.version = version
		w.base = newMemory(nil)
		w.store.live.clear()
	}
	return nil
}
