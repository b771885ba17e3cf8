//go:build unix

package handlers

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// lockFile keeps a second program off the same database until the returned
// function is called or the process ends, however it ends.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("another Gatebook is serving from this database (%s is locked)", path)
	}
	return func() { f.Close() }, nil
}
