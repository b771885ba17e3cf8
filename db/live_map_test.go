package db

import (
	"testing"
	"time"
)

// TestS02_StaleReadIsNotKept plays the race by hand: a reader has read the
// table, then the session ends, then the reader would keep what it read.
func TestS02_StaleReadIsNotKept(t *testing.T) {
	now := time.Now()
	for name, end := range map[string]func(*liveSessions){
		"ended here":      func(l *liveSessions) { l.forget("hash") },
		"ended elsewhere": func(l *liveSessions) { l.clear() },
	} {
		l := newLiveSessions()
		read := Session{ID: 1, ExpiresAt: now.Add(time.Hour)}
		before := l.epoch("hash")
		end(l)
		l.put("hash", read, before, now)
		if _, ok := l.get("hash", now); ok {
			t.Errorf("%s: what was read before is believed after", name)
		}
		l.put("hash", read, l.epoch("hash"), now)
		if _, ok := l.get("hash", now); !ok {
			t.Errorf("%s: what was read after is not kept", name)
		}
	}
}

func TestLiveSessionsAreBounded(t *testing.T) {
	l, now := newLiveSessions(), time.Now()
	for range 3 * liveShardSize * 2 {
		hash := TokenHash(NewToken())
		hash = "aa" + hash[2:] // all in one shard
		l.put(hash, Session{ExpiresAt: now.Add(time.Hour)}, l.epoch(hash), now)
		if n := len(l.shard(hash).byKey); n > liveShardSize {
			t.Fatalf("a shard holds %d", n)
		}
	}
}
