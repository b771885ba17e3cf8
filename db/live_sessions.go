package db

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gatebook/db/event"
)

const (
	liveShards    = 64
	liveShardSize = 4096 // entries; a full shard starts again
)

// liveSessions holds decoded sessions by token hash. It may forget at any
// time; it never holds a session that has ended, because ending one forgets it
// in the call that commits, and an entry read before that is not put after it.
type liveSessions struct {
	shards [liveShards]liveShard
}

type liveShard struct {
	mu    sync.RWMutex
	byKey map[string]*liveSession
	epoch uint64 // moves with each forget: what was read before it is not put
}

type liveSession struct {
	session Session
	seen    atomic.Int64 // Unix microseconds of the last request, not yet written
}

func newLiveSessions() *liveSessions {
	l := &liveSessions{}
	for i := range l.shards {
		l.shards[i].byKey = map[string]*liveSession{}
	}
	return l
}

// shard picks by the hash's first characters, which are as random as the rest.
func (l *liveSessions) shard(hash string) *liveShard {
	if len(hash) < 2 {
		return &l.shards[0]
	}
	return &l.shards[(int(hash[0])*31+int(hash[1]))%liveShards]
}

func (l *liveSessions) get(hash string, now time.Time) (Session, bool) {
	shard := l.shard(hash)
	shard.mu.RLock()
	found, ok := shard.byKey[hash]
	shard.mu.RUnlock()
	if !ok || !now.Before(found.session.ExpiresAt) {
		return Session{}, false
	}
	found.seen.Store(now.UnixMicro())
	return found.session, true
}

func (l *liveSessions) epoch(hash string) uint64 {
	shard := l.shard(hash)
	shard.mu.RLock()
	defer shard.mu.RUnlock()
	return shard.epoch
}

// put keeps a session that was read, and used, at now.
func (l *liveSessions) put(hash string, s Session, epoch uint64, now time.Time) {
	shard := l.shard(hash)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	if shard.epoch != epoch {
		return
	}
	if len(shard.byKey) >= liveShardSize {
		clear(shard.byKey)
	}
	entry := &liveSession{session: s}
	entry.seen.Store(now.UnixMicro())
	shard.byKey[hash] = entry
}

func (l *liveSessions) forget(hash string) {
	shard := l.shard(hash)
	shard.mu.Lock()
	defer shard.mu.Unlock()
	shard.epoch++
	delete(shard.byKey, hash)
}

func (l *liveSessions) clear() {
	for i := range l.shards {
		shard := &l.shards[i]
		shard.mu.Lock()
		shard.epoch++
		clear(shard.byKey)
		shard.mu.Unlock()
	}
}

// takeSeen collects the sessions used since the last call.
func (l *liveSessions) takeSeen() map[ID]int64 {
	seen := map[ID]int64{}
	for i := range l.shards {
		shard := &l.shards[i]
		shard.mu.RLock()
		for _, entry := range shard.byKey {
			if at := entry.seen.Swap(0); at != 0 {
				seen[entry.session.ID] = at
			}
		}
		shard.mu.RUnlock()
	}
	return seen
}

// seenPerTx bounds how long a flush keeps other writers waiting.
const seenPerTx = 500

// FlushSeen writes when sessions were last used, 500 in a transaction: a
// request itself writes nothing. An instant is never moved back.
func (s *Store) FlushSeen(ctx context.Context) error {
	seen := s.live.takeSeen()
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(seen)), seenPerTx) {
		err := s.InTx(ctx, Actor{Kind: event.System}, func(_ context.Context, tx *Tx) error {
			for _, id := range ids {
				_, err := tx.exec(`UPDATE sessions SET last_seen_at = $1 WHERE id = $2 AND last_seen_at < $1`, seen[id], id)
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
