package handlers

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"gatebook/db"
	"gatebook/handlers/accounts"
)

// Limits bound what one network may ask of the sign-in routes, and all
// strangers together. People who are signed in have a budget of their own, so
// that a flood of strangers cannot lock them out.
type Limits struct {
	Starts    Budget // trips begun, a network
	Callbacks Budget // callbacks, a network
	Strangers Budget // both, over all networks of people who are not signed in
}

// Budget is a token bucket: Burst at once, then PerSecond.
type Budget struct {
	PerSecond float64
	Burst     int
}

// DefaultLimits suit a server of thousands of people behind shared addresses.
var DefaultLimits = Limits{
	Starts:    Budget{1, 60},
	Callbacks: Budget{2, 120},
	Strangers: Budget{300, 1000},
}

const (
	maxBuckets  = 20_000
	bucketIdle  = 5 * time.Minute
	bucketSweep = time.Minute
	wideBits    = 48
	wideShare   = 8 // times one network's budget
)

// limiter keeps a bucket for each network that was heard of lately.
type limiter struct {
	limits    Limits
	now       func() time.Time
	mu        sync.Mutex
	buckets   [2]map[bucketKey]*bucket // of strangers, and of people who are signed in
	swept     time.Time
	strangers *rate.Limiter
}

type bucketKey struct {
	network  netip.Prefix
	signedIn bool
	callback bool
}

type bucket struct {
	*rate.Limiter
	used time.Time
}

func newLimiter(l Limits, now func() time.Time) *limiter {
	if l.Starts.Burst == 0 {
		l.Starts = DefaultLimits.Starts
	}
	if l.Callbacks.Burst == 0 {
		l.Callbacks = DefaultLimits.Callbacks
	}
	if l.Strangers.Burst == 0 {
		l.Strangers = DefaultLimits.Strangers
	}
	return &limiter{
		limits:    l,
		now:       now,
		buckets:   [2]map[bucketKey]*bucket{{}, {}},
		strangers: rate.NewLimiter(rate.Limit(l.Strangers.PerSecond), l.Strangers.Burst),
	}
}

// start says whether a trip may begin.
func (l *limiter) start(ip netip.Addr, signedIn bool) bool {
	return l.allow(bucketKey{accounts.Network(ip), signedIn, false}, l.limits.Starts)
}

// callback says whether a callback may be looked at.
func (l *limiter) callback(ip netip.Addr, signedIn bool) bool {
	return l.allow(bucketKey{accounts.Network(ip), signedIn, true}, l.limits.Callbacks)
}

func (l *limiter) allow(key bucketKey, budget Budget) bool {
	now := l.now()
	if !l.bucket(key, budget, now).AllowN(now, 1) {
		return false
	}
	if key.signedIn {
		return true
	}
	return l.allowWide(key, budget, now) && l.strangers.AllowN(now, 1)
}

// allowWide bounds the whole of what one customer of an IPv6 provider is given:
// a /48 holds 65,536 of the networks that are counted alone.
func (l *limiter) allowWide(key bucketKey, budget Budget, now time.Time) bool {
	if !key.network.Addr().Is6() || key.network.Bits() == 0 {
		return true
	}
	key.network = netip.PrefixFrom(key.network.Addr(), wideBits).Masked()
	wide := Budget{budget.PerSecond * wideShare, budget.Burst * wideShare}
	return l.bucket(key, wide, now).AllowN(now, 1)
}

// bucket finds or makes a network's bucket. With too many of them at once,
// further networks share one; strangers never fill the places of people who
// are signed in.
func (l *limiter) bucket(key bucketKey, budget Budget, now time.Time) *bucket {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.swept) > bucketSweep {
		l.sweep(now)
	}
	buckets := l.buckets[0]
	if key.signedIn {
		buckets = l.buckets[1]
	}
	found, ok := buckets[key]
	if !ok && len(buckets) >= maxBuckets {
		key.network = netip.Prefix{}
		found, ok = buckets[key]
	}
	if !ok {
		found = &bucket{Limiter: rate.NewLimiter(rate.Limit(budget.PerSecond), budget.Burst)}
		buckets[key] = found
	}
	found.used = now
	return found
}

func (l *limiter) sweep(now time.Time) {
	l.swept = now
	for _, buckets := range l.buckets {
		for key, b := range buckets {
			if now.Sub(b.used) > bucketIdle {
				delete(buckets, key)
			}
		}
	}
}

// retryAfter is when one more request will surely be answered.
func (l *limiter) retryAfter() time.Duration { return time.Minute }

// hourly remembers which sessions did something within the hour.
type hourly struct {
	mu   sync.Mutex
	last map[db.ID]time.Time
}

func newHourly() *hourly { return &hourly{last: map[db.ID]time.Time{}} }

// first says whether this is the session's first time within an hour.
func (h *hourly) first(session db.ID, now time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if last, ok := h.last[session]; ok && now.Sub(last) < time.Hour {
		return false
	}
	if len(h.last) > 1000 {
		clear(h.last)
	}
	h.last[session] = now
	return true
}

// undo takes back a first time that came to nothing.
func (h *hourly) undo(session db.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.last, session)
}
