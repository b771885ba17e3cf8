package db

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/text/cases"

	"gatebook/db/event"
)

// Event is one immutable row of the audit log. Append fills in what the
// transaction knows: id, place in the chain, instant, actor and hash.
type Event struct {
	ID      ID
	Seq     int64
	At      time.Time
	Kind    event.Kind
	Outcome event.Outcome
	Reason  event.Reason

	ActorKind  event.ActorKind
	Actor      ID
	Session    ID
	TargetKind event.TargetKind
	Target     ID
	Account    ID // whom the event is about; 0 where nobody was proved
	Identity   ID
	Provider   string
	Attempt    ID
	RequestID  string
	Count      int64 // how many occurrences the row stands for; 0 is read as 1
	Detail     Detail

	// Personal values: the hash covers them only through the commitment.
	IP        netip.Addr
	UserAgent string
	Name      string
	Email     string
	Handle    string

	AccountName string // the account's name today, for showing; not part of the event
	salt        []byte
	commitment  []byte
	hash        []byte
}

// Detail is what else an event may say. Its fields are the allow-list: nothing
// a provider sent gets in except through one of them.
type Detail struct {
	Checks []string `json:"checks,omitempty"` // what was checked before the decision, in order
	Rule   string   `json:"rule,omitempty"`   // the rule that matched
	Policy string   `json:"policy,omitempty"` // the setting that decided
	Email  string   `json:"email,omitempty"`  // none, unverified or verified
	By     string   `json:"by,omitempty"`     // who said that the address is verified
	Check  string   `json:"check,omitempty"`  // which check of an ID token failed
	Status int      `json:"status,omitempty"` // the provider's HTTP status
	Reauth string   `json:"reauth,omitempty"` // proved, asked or none
	Format string   `json:"format,omitempty"` // of an export
	Filter string   `json:"filter,omitempty"` // of an export
	Rows   int64    `json:"rows,omitempty"`   // of an export
	Note   string   `json:"note,omitempty"`   // a fixed remark of our own
}

func (d Detail) encode() (string, error) {
	text, err := json.Marshal(d)
	if err != nil {
		return "", fmt.Errorf("encode an event's detail: %w", err)
	}
	if string(text) == "{}" {
		return "", nil
	}
	return string(text), nil
}

func decodeDetail(text string) (d Detail, err error) {
	if text == "" {
		return d, nil
	}
	return d, json.Unmarshal([]byte(text), &d)
}

// Append records an event at the end of the chain, in the transaction of what
// it tells: if it cannot be written, nothing else is.
func (tx *Tx) Append(ctx context.Context, e Event) (Event, error) {
	prev, err := tx.head(ctx)
	if err != nil {
		return e, err
	}
	e = tx.complete(e) // after head, which raises ids above another process's
	detail, err := e.Detail.encode()
	if err != nil {
		return e, tx.fail(err)
	}
	e.Seq = prev.seq + 1
	e.commitment = e.commit()
	e.hash = e.link(prev.hash, detail)
	if err := tx.insertEvent(ctx, e, detail); err != nil {
		return e, err
	}
	tx.mem.head = &head{e.Seq, e.hash}
	return e, nil
}

// complete fills in what the transaction knows.
func (tx *Tx) complete(e Event) Event {
	actor := tx.job.actor
	e.ID, e.At = tx.NewID(), tx.now
	e.ActorKind, e.Actor, e.Session = actor.Kind, actor.Account, actor.Session
	e.IP, e.UserAgent, e.RequestID = actor.IP, actor.UserAgent, actor.RequestID
	e.Count = max(e.Count, 1)
	e.salt = make([]byte, saltBytes)
	rand.Read(e.salt) // never fails: crypto/rand ends the process instead
	return e
}

func (tx *Tx) insertEvent(ctx context.Context, e Event, detail string) error {
	provider, err := tx.wordID(ctx, providerWords, e.Provider)
	if err != nil {
		return err
	}
	agent, err := tx.wordID(ctx, agentWords, e.UserAgent)
	if err != nil {
		return err
	}
	person, err := tx.personID(ctx, e)
	if err != nil {
		return err
	}
	_, err = tx.exec(`
		INSERT INTO events (id, seq, at, kind, outcome, reason, actor_kind, actor_id, session_id, target_kind, target_id,
			account_id, identity_id, provider_id, attempt_id, request_id, count, data, ip, person_id, agent_id, salt,
			commitment, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)`,
		e.ID, e.Seq, Micros(e.At), e.Kind, e.Outcome, e.Reason, e.ActorKind, e.Actor, e.Session, e.TargetKind, e.Target,
		e.Account, e.Identity, provider, e.Attempt, e.RequestID, e.Count, detail, ipBytes(e.IP), person, agent, e.salt,
		e.commitment, e.hash)
	if err != nil {
		return err
	}
	_, err = tx.exec(`
		INSERT INTO event_days (day, provider_id, kind, outcome, n)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (day, provider_id, kind, outcome) DO UPDATE SET n = event_days.n + excluded.n`,
		Day(e.At), provider, e.Kind, e.Outcome, e.Count)
	return err
}

// dictionary is a table of texts that many events share.
type dictionary struct{ table, find, insert string }

var (
	providerWords = dictionary{
		"event_providers",
		`SELECT id FROM event_providers WHERE provider = $1`,
		`INSERT INTO event_providers (id, provider) VALUES ($1, $2)`,
	}
	agentWords = dictionary{
		"event_agents",
		`SELECT id FROM event_agents WHERE agent = $1`,
		`INSERT INTO event_agents (id, agent) VALUES ($1, $2)`,
	}
)

// nextWord is the id that a dictionary's next text gets: small, so that the
// rows which name it stay small too.
func (tx *Tx) nextWord(ctx context.Context, table string) (int64, error) {
	return one(ctx, tx, scanInt, `SELECT coalesce(max(id), 0) + 1 FROM `+table)
}

// wordID is the id of a text in its dictionary, added if it is new; 0 for "".
func (tx *Tx) wordID(ctx context.Context, d dictionary, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	key := entry{table: d.table, text: text}
	return tx.remember(key, func() (int64, error) { return one(ctx, tx, scanInt, d.find, text) },
		func() (int64, error) {
			id, err := tx.nextWord(ctx, d.table)
			if err != nil {
				return 0, err
			}
			_, err = tx.exec(d.insert, id, text)
			return id, err
		})
}

// personID is the id of an event's name, address and handle together.
func (tx *Tx) personID(ctx context.Context, e Event) (int64, error) {
	if e.Name == "" && e.Email == "" && e.Handle == "" {
		return 0, nil
	}
	key := entry{"event_people", e.Name, e.Email, e.Handle}
	return tx.remember(key,
		func() (int64, error) {
			return one(ctx, tx, scanInt, `
				SELECT id FROM event_people WHERE name = $1 AND email = $2 AND handle = $3`, e.Name, e.Email, e.Handle)
		},
		func() (int64, error) {
			id, err := tx.nextWord(ctx, "event_people")
			if err != nil {
				return 0, err
			}
			_, err = tx.exec(`
				INSERT INTO event_people (id, name, email, handle, folded)
				VALUES ($1, $2, $3, $4, $5)`, id, e.Name, e.Email, e.Handle, Fold(e.Name+"\n"+e.Email+"\n"+e.Handle))
			return id, err
		})
}

// remember is a dictionary look-up: what memory knows, else what the table
// holds, else a new row.
func (tx *Tx) remember(key entry, find, insert func() (int64, error)) (int64, error) {
	if id, ok := tx.mem.lookup(key); ok {
		return id, nil
	}
	id, err := find()
	if errors.Is(err, ErrNotFound) {
		id, err = insert()
	}
	if err == nil {
		tx.mem.entries[key] = id
	}
	return id, err
}

// Fold is the form in which text is searched: case folded by Unicode's rules,
// in Go, so that every engine finds the same, and without NUL, at which a
// pattern would end.
func Fold(s string) string {
	return cases.Fold().String(strings.TrimSpace(strings.ReplaceAll(s, "\x00", "")))
}
