package db

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
)

const (
	saltBytes    = 16
	chainVersion = "gatebook event v1"
	originPrefix = "gatebook origin v1\n"
)

// head is the newest link: what memory knows, else the newest row, else the
// chain's origin, which the first append makes.
func (tx *Tx) head(ctx context.Context) (*head, error) {
	if known := tx.mem.currentHead(); known != nil {
		return known, nil
	}
	found, err := one(ctx, tx, scanHead, `SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1`)
	if errors.Is(err, ErrNotFound) {
		found, err = tx.origin(ctx)
	}
	if err != nil {
		return nil, err
	}
	newest, err := one(ctx, tx, scanInt, `SELECT coalesce(max(id), 0) FROM events`)
	if err != nil {
		return nil, err
	}
	tx.w.store.ids.Raise(ID(newest)) // another process may have appended
	tx.mem.head = &found
	return &found, nil
}

func scanHead(s scanner) (head, error) {
	var h head
	return h, s.Scan(&h.seq, &h.hash)
}

// origin reads where the chain begins, and makes it in an empty log: a random
// text, so that two logs never share a chain.
func (tx *Tx) origin(ctx context.Context) (head, error) {
	text, err := one(ctx, tx, scanText, `SELECT origin FROM chain_origins WHERE id = 1`)
	if errors.Is(err, ErrNotFound) {
		var b [16]byte
		rand.Read(b[:]) // never fails: crypto/rand ends the process instead
		text = hex.EncodeToString(b[:])
		_, err = tx.exec(`INSERT INTO chain_origins (id, origin, created_at) VALUES (1, $1, $2)`, text, Micros(tx.now))
	}
	return head{0, originHash(text)}, err
}

func originHash(origin string) []byte {
	sum := sha256.Sum256([]byte(originPrefix + origin))
	return sum[:]
}

// commit is the salted commitment to the personal values: HMAC-SHA-256 keyed
// by the salt. Without the salt it says nothing about them.
func (e *Event) commit() []byte {
	enc := make(encoder, 0, 256)
	enc.bytes(ipBytes(e.IP))
	for _, text := range [...]string{e.UserAgent, e.Name, e.Email, e.Handle} {
		enc.text(text)
	}
	mac := hmac.New(sha256.New, e.salt)
	mac.Write(enc)
	return mac.Sum(nil)
}

// link is the event's hash: SHA-256 over the encoding's version, the previous
// hash and every value of the row, numbers in 8 bytes and texts behind their
// length, with dictionary texts in place of their ids.
func (e *Event) link(prev []byte, detail string) []byte {
	enc := make(encoder, 0, 512)
	enc.text(chainVersion)
	enc.bytes(prev)
	enc.numbers(e.Seq, int64(e.ID), Micros(e.At), int64(e.Kind), int64(e.Outcome), int64(e.Reason), int64(e.ActorKind),
		int64(e.Actor), int64(e.Session), int64(e.TargetKind), int64(e.Target), int64(e.Account), int64(e.Identity),
		int64(e.Attempt), e.Count)
	enc.text(e.Provider)
	enc.text(e.RequestID)
	enc.text(detail)
	enc.bytes(e.commitment)
	sum := sha256.Sum256(enc)
	return sum[:]
}

// encoder gathers values so that no two lists of values look alike.
type encoder []byte

func (e *encoder) bytes(b []byte) {
	e.numbers(int64(len(b)))
	*e = append(*e, b...)
}

func (e *encoder) text(s string) {
	e.numbers(int64(len(s)))
	*e = append(*e, s...)
}

func (e *encoder) numbers(list ...int64) {
	for _, n := range list {
		*e = binary.BigEndian.AppendUint64(*e, uint64(n))
	}
}

// BrokenChain says where the log first contradicts itself.
type BrokenChain struct {
	Seq  int64
	ID   ID
	What string
}

// Error names the first bad row.
func (b *BrokenChain) Error() string {
	return fmt.Sprintf("the chain breaks at event %d (%s): %s", b.Seq, b.ID, b.What)
}

// VerifyChain reads the whole log in the order of the chain and recomputes
// every commitment and hash. It returns how many events it read and a
// *BrokenChain for the first row that does not fit. That the newest rows were
// cut off it cannot see.
func (s *Store) VerifyChain(ctx context.Context) (int64, error) {
	last, err := s.chainOrigin(ctx)
	if err != nil {
		return 0, err
	}
	for from := int64(math.MinInt64); ; from = last.seq {
		n := 0
		err := each(ctx, s, scanRaw, func(row *rawEvent) error {
			if what := row.fault(last); what != "" {
				return &BrokenChain{row.Seq, row.ID, what}
			}
			last = head{row.Seq, row.hash}
			n++
			return nil
		}, selectChained+` WHERE e.seq > $1 ORDER BY e.seq LIMIT 1000`, from)
		if bad := (*unreadableEvent)(nil); errors.As(err, &bad) {
			err = &BrokenChain{last.seq + 1, bad.id, bad.Error()}
		}
		if err != nil {
			return last.seq, err
		}
		if n == 0 {
			return last.seq, s.verifyCount(ctx, last.seq)
		}
	}
}

// chainOrigin is what the first link hashes. A log without origin is an empty
// one, so any row in it breaks.
func (s *Store) chainOrigin(ctx context.Context) (head, error) {
	origin, err := one(ctx, s, scanText, `SELECT origin FROM chain_origins WHERE id = 1`)
	if errors.Is(err, ErrNotFound) {
		return head{}, nil
	}
	return head{0, originHash(origin)}, err
}

// verifyCount compares the number of rows with the chain's length: a row that
// shares its place with another may hide at a page's border.
func (s *Store) verifyCount(ctx context.Context, length int64) error {
	n, err := one(ctx, s, scanInt, `SELECT count(*) FROM events WHERE seq <= $1`, length)
	if err == nil && n != length {
		err = &BrokenChain{length, 0, fmt.Sprintf("%d rows share %d places", n, length)}
	}
	return err
}

// fault says what is wrong with a row as the link after last, "" if nothing.
func (r *rawEvent) fault(last head) string {
	switch {
	case r.Seq != last.seq+1:
		return fmt.Sprintf("%d follows %d", r.Seq, last.seq)
	case !bytes.Equal(r.ip, ipBytes(r.IP)):
		return "its address is not in the form it was written in"
	case len(r.salt) != 0 && len(r.salt) != saltBytes: // HMAC takes a key and the key with zeros behind it for one
		return "its salt is not the one it was written with"
	case len(r.salt) == 0 && r.personal():
		return "it has personal values that it was not written with"
	case len(r.salt) > 0 && !hmac.Equal(r.commitment, r.commit()):
		return "its personal values are not those it was written with"
	case !hmac.Equal(r.hash, r.link(last.hash, r.detail)):
		return "its values are not those it was written with"
	}
	return ""
}

// personal says whether a row holds any of the values that erasing a person
// takes away together with the salt.
func (e *Event) personal() bool {
	return e.IP.IsValid() || e.UserAgent != "" || e.Name != "" || e.Email != "" || e.Handle != ""
}

// Hash is the event's link of the chain in hexadecimal.
func (e Event) Hash() string { return hex.EncodeToString(e.hash) }
