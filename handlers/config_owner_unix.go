//go:build unix

package handlers

import (
	"io/fs"
	"os"
	"syscall"
)

// ownedByUs says whether this process's account owns a file; known is false
// where the system keeps no such thing.
func ownedByUs(info fs.FileInfo) (mine, known bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid(), ok
}
