package accounts

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"gatebook/db"
	"gatebook/db/event"
)

// Bounds of what strangers can have written down.
const (
	straysPerMinute = 20
	maxFolds        = 10_000
)

// folds counts the failures of strangers, so that a flood leaves counted rows
// instead of a row each. Counts are kept until they are written.
type folds struct {
	mu    sync.Mutex
	byKey map[foldKey]*fold
}

// foldKey is what a counted row stands for.
type foldKey struct {
	network  netip.Prefix
	provider string
	reason   event.Reason
}

type fold struct {
	minute int64
	seen   int // in this minute
	held   int64
}

func newFolds() *folds { return &folds{byKey: map[foldKey]*fold{}} }

// admit says whether an occurrence gets a row of its own; if not, it is
// counted. With too many keys at once the network is left out of the key.
func (f *folds) admit(key foldKey, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	entry, ok := f.byKey[key]
	if !ok {
		if len(f.byKey) >= maxFolds {
			key.network = netip.Prefix{}
		}
		if entry, ok = f.byKey[key]; !ok {
			entry = &fold{}
			f.byKey[key] = entry
		}
	}
	if minute := now.Unix() / 60; entry.minute != minute {
		entry.minute, entry.seen = minute, 0
	}
	if entry.seen++; entry.seen <= straysPerMinute && entry.held == 0 {
		return true
	}
	entry.held++
	return false
}

// take empties the counts, and forgets the keys that were quiet this minute.
func (f *folds) take(now time.Time) map[foldKey]int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	held := map[foldKey]int64{}
	for key, entry := range f.byKey {
		if entry.held > 0 {
			held[key] = entry.held
			entry.held = 0
		} else if entry.minute != now.Unix()/60 {
			delete(f.byKey, key)
		}
	}
	return held
}

// giveBack returns counts that could not be written.
func (f *folds) giveBack(held map[foldKey]int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for key, n := range held {
		entry, ok := f.byKey[key]
		if !ok {
			entry = &fold{}
			f.byKey[key] = entry
		}
		entry.held += n
	}
}

// Network is the part of an address that its owner cannot change at will: a
// whole IPv4 address, the first 64 bits of an IPv6 one.
func Network(ip netip.Addr) netip.Prefix {
	if !ip.IsValid() {
		return netip.Prefix{}
	}
	bits := 32
	if ip.Is6() && !ip.Is4In6() {
		bits = 64
	}
	return netip.PrefixFrom(ip.Unmap().WithZone(""), bits).Masked()
}

// recordStray records a callback that consumed no attempt, or counts it.
func (s *Service) recordStray(ctx context.Context, actor db.Actor, provider string, why event.Reason) error {
	key := foldKey{Network(actor.IP), provider, why}
	if !s.folds.admit(key, s.store.Now()) {
		return nil
	}
	err := s.store.InTx(ctx, actor, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Append(ctx, strayEvent(provider, why, 1))
		return err
	})
	if err != nil {
		s.folds.giveBack(map[foldKey]int64{key: 1}) // counted, if it cannot be told
	}
	return err
}

func strayEvent(provider string, why event.Reason, count int64) db.Event {
	return db.Event{
		Kind:     event.KindSessionSignin,
		Outcome:  event.Failure,
		Reason:   why,
		Provider: provider,
		Count:    count,
	}
}

// FlushFolds appends one counted row for each fold since the last call. Call
// it once a minute and before the store closes.
func (s *Service) FlushFolds(ctx context.Context) error {
	held := s.folds.take(s.store.Now())
	for key, n := range held {
		actor := db.Actor{Kind: event.Anonymous, IP: key.network.Addr()}
		err := s.store.InTx(ctx, actor, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Append(ctx, strayEvent(key.provider, key.reason, n))
			return err
		})
		if err != nil {
			s.folds.giveBack(held)
			return err
		}
		delete(held, key)
	}
	return nil
}

// StartFailed records that a trip could not begin, because the provider could
// not be asked for where to go. It is folded like the failures of strangers:
// anybody can press the button.
func (s *Service) StartFailed(ctx context.Context, actor db.Actor, provider string, why event.Reason) error {
	return s.recordStray(ctx, actor, provider, why)
}
