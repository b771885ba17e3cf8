package db

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"gatebook/db/event"
)

// EventFilter is what an admin asks of the audit log; zero values ask nothing.
// A text matches where the name, address or handle contains it, whatever the
// case. From is inclusive, To is not; both count in whole milliseconds. IP is
// a network of either family; as IPv4 is kept mapped into IPv6, ::/0 is all.
type EventFilter struct {
	Text     string
	Kind     event.Kind
	Outcome  *event.Outcome
	Reason   event.Reason
	Provider string
	Account  ID
	Identity ID
	Attempt  ID
	IP       netip.Prefix
	From, To time.Time
}

// conditions is the filter as SQL. Each condition on a rare value repeats the
// one of its partial index.
func (f EventFilter) conditions() *conditions {
	q := &conditions{}
	if f.Kind != 0 {
		q.add("kind = ?", f.Kind)
		q.addIf(f.Kind != event.KindSessionSignin, "kind <> 1")
	}
	if f.Outcome != nil {
		q.add("outcome = ?", *f.Outcome)
		q.addIf(*f.Outcome != event.Success, "outcome <> 0")
	}
	if f.Reason != 0 {
		q.add("reason = ?", f.Reason)
	}
	if f.Provider != "" {
		q.add("provider_id = (SELECT id FROM event_providers WHERE provider = ?)", f.Provider)
		q.addIf(true, "provider_id <> 0")
	}
	q.addID("account_id", f.Account)
	q.addID("identity_id", f.Identity)
	q.addID("attempt_id", f.Attempt)
	q.addPrefix(f.IP)
	if !f.From.IsZero() {
		q.add("id >= ?", FirstID(f.From))
	}
	if !f.To.IsZero() {
		q.add("id < ?", FirstID(f.To))
	}
	if pattern := likePattern(f.Text); pattern != "" {
		q.add(`person_id IN (SELECT id FROM event_people WHERE folded LIKE ? ESCAPE '\')`, pattern)
		q.addIf(true, "person_id <> 0")
	}
	return q
}

// likePattern finds a text anywhere, folded and taken as it is written; "" for
// no text.
func likePattern(text string) string {
	if text = Fold(text); text == "" {
		return ""
	}
	return "%" + likeLiteral.Replace(text) + "%"
}

var likeLiteral = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// conditions gathers a WHERE clause and its arguments in the same order.
type conditions struct {
	texts []string
	args  []any
}

// add takes one condition whose ? is the argument.
func (q *conditions) add(text string, arg any) {
	q.args = append(q.args, arg)
	q.texts = append(q.texts, strings.Replace(text, "?", fmt.Sprintf("$%d", len(q.args)), 1))
}

func (q *conditions) addIf(yes bool, text string) {
	if yes {
		q.texts = append(q.texts, text)
	}
}

func (q *conditions) addID(column string, id ID) {
	if id != 0 {
		q.add(column+" = ?", id)
		q.texts = append(q.texts, column+" <> 0")
	}
}

// addPrefix is one address, or a range between a network's ends.
func (q *conditions) addPrefix(p netip.Prefix) {
	if !p.IsValid() {
		return
	}
	first, last := prefixRange(p)
	if first == last {
		q.add("ip = ?", first[:])
		return
	}
	q.add("ip >= ?", first[:])
	q.add("ip <= ?", last[:])
}

// prefixRange is a network's first and last address as rows keep them.
func prefixRange(p netip.Prefix) (first, last [16]byte) {
	bits := p.Bits()
	if p.Addr().Is4() {
		bits += 96
	}
	first = p.Masked().Addr().As16()
	last = first
	for bit := bits; bit < 128; bit++ {
		last[bit/8] |= 0x80 >> (bit % 8)
	}
	return first, last
}

func (q *conditions) where() string {
	if len(q.texts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(q.texts, " AND ")
}

func (q *conditions) limit(n int) string {
	q.args = append(q.args, n)
	return fmt.Sprintf(" LIMIT $%d", len(q.args))
}
