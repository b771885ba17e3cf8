package db

import (
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"time"
)

// ID names a row: Unix milliseconds, then 8 random bits of this process, then
// a sequence of 12 bits. Ids of one process ascend strictly; the zero ID names
// nothing. A range of time is a range of ids.
type ID int64

const (
	idRandomBits   = 8
	idSequenceBits = 12
	idTimeShift    = idRandomBits + idSequenceBits
	idAlphabet     = "0123456789abcdefghjkmnpqrstvwxyz" // no i, l, o, u: read aloud without doubt
	idLength       = 13
)

// ErrBadID says that a text is not the short form of an id.
var ErrBadID = errors.New("not an id")

// FirstID is the smallest id of an instant's millisecond, for ranges of time.
// An instant that no id can have, before 1970 or after 2248, is the nearest
// one: a range that ends there is open at that end.
func FirstID(t time.Time) ID {
	const latest = 1<<(63-idTimeShift) - 1
	switch {
	case t.Before(time.UnixMilli(0)):
		return 0
	case t.After(time.UnixMilli(latest)):
		return 1<<63 - 1
	}
	return ID(t.UnixMilli() << idTimeShift)
}

// Time is the instant at which the id was made, to the millisecond.
func (id ID) Time() time.Time { return time.UnixMilli(int64(id) >> idTimeShift).UTC() }

// String is the short form used in URLs: 13 characters, in the order of the
// numbers; empty for the zero ID.
func (id ID) String() string {
	if id == 0 {
		return ""
	}
	var text [idLength]byte
	for n := idLength - 1; n >= 0; n-- {
		text[n] = idAlphabet[id&31]
		id >>= 5
	}
	return string(text[:])
}

// ParseID reads the short form of an id. It fails with ErrBadID for any other
// text, so that one id has one spelling.
func ParseID(s string) (ID, error) {
	if len(s) != idLength || s[0] > '7' {
		return 0, ErrBadID
	}
	var id ID
	for n := range len(s) {
		digit := strings.IndexByte(idAlphabet, s[n])
		if digit < 0 {
			return 0, ErrBadID
		}
		id = id<<5 | ID(digit)
	}
	if id <= 0 {
		return 0, ErrBadID
	}
	return id, nil
}

// Generator makes ids that ascend, also when the clock steps back.
type Generator struct {
	mu   sync.Mutex
	now  func() time.Time
	bits ID // this process's random bits, in place
	last ID
}

// NewGenerator starts above newest, the highest id that the tables hold.
func NewGenerator(now func() time.Time, newest ID) *Generator {
	var b [1]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	return &Generator{now: now, bits: ID(b[0]) << idSequenceBits, last: newest}
}

// apart is a generator for past instants: it starts below every id, and at the
// same instant its ids are others than g's.
func (g *Generator) apart() *Generator {
	return &Generator{now: g.now, bits: g.bits ^ 1<<idSequenceBits}
}

// Next makes an id of now.
func (g *Generator) Next() ID { return g.at(g.now()) }

// at makes an id of an instant, or of the nearest one after it that is above
// every id made so far.
func (g *Generator) at(t time.Time) ID {
	g.mu.Lock()
	defer g.mu.Unlock()
	id := FirstID(t) | g.bits
	if ms := g.last >> idTimeShift; id>>idTimeShift <= ms {
		id = g.after(ms)
	}
	g.last = id
	return id
}

// after is the next id when the clock has not moved past the last one: the
// next number of its millisecond, or the first of the one after.
func (g *Generator) after(ms ID) ID {
	const sequence = 1<<idSequenceBits - 1
	id := ms<<idTimeShift | g.bits | g.last&sequence + 1
	if g.last&sequence == sequence || id <= g.last {
		id = (ms+1)<<idTimeShift | g.bits
	}
	return id
}

// Raise makes every further id higher than id, which another process made.
func (g *Generator) Raise(id ID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last = max(g.last, id)
}
