package main

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"gatebook/db"
	"gatebook/db/event"
	"gatebook/handlers/accounts"
)

// writeLoad is a way to write, for a number of callers at once.
type writeLoad struct {
	name string
	once func(ctx context.Context, n int64) error
}

// benchSignIn compares the whole commit of a sign-in with an event alone that
// shares commits and with a row that has each to itself, all synced to disk.
func benchSignIn(ctx context.Context, dir string, s sizes) error {
	store, err := db.Open(ctx, filepath.Join(dir, "signin.db"), db.Options{})
	if err != nil {
		return err
	}
	defer store.Close()
	alone, err := aloneInsert(filepath.Join(dir, "alone.db"))
	if err != nil {
		return err
	}
	loads := []writeLoad{alone, groupedAppend(store), signIn(store)}
	heading("Commit, synchronous=FULL (sign-in: account, identity, session, event with chain and roll-up)")
	fmt.Printf("%-34s %8s %10s %10s %10s %8s %8s\n", "", "callers", "commits/s", "p50 ms", "p99 ms", "×alone", "×grouped")
	for _, callers := range []int{1, 16, 64} {
		var rates [3]float64
		for i, l := range loads {
			rate, took, err := l.run(ctx, callers, s.round)
			if err != nil {
				return fmt.Errorf("%s: %w", l.name, err)
			}
			rates[i] = rate
			fmt.Printf("%-34s %8d %10.0f %10.2f %10.2f %8.2f", l.name, callers, rate, ms(quantile(took, .5)), ms(quantile(took, .99)), rate/rates[0])
			if i > 0 {
				fmt.Printf(" %8.2f", rate/rates[1])
			}
			fmt.Println()
		}
	}
	fmt.Println("budgets at 64 callers: grouped ≥ 5 × alone; sign-in ≥ 3 × alone, ≥ 0.12 × grouped, p99 ≤ 25 ms")
	return nil
}

// run calls once from many callers for a while.
func (l writeLoad) run(ctx context.Context, callers int, d time.Duration) (perSecond float64, took []time.Duration, err error) {
	var n atomic.Int64
	var mu sync.Mutex
	var wg sync.WaitGroup
	began := time.Now()
	for range callers {
		wg.Go(func() {
			var own []time.Duration
			for time.Since(began) < d {
				t := time.Now()
				if failed := l.once(ctx, n.Add(1)); failed != nil {
					mu.Lock()
					err = failed
					mu.Unlock()
					return
				}
				own = append(own, time.Since(t))
			}
			mu.Lock()
			took = append(took, own...)
			mu.Unlock()
		})
	}
	wg.Wait()
	return float64(len(took)) / time.Since(began).Seconds(), took, err
}

// aloneInsert is one row a transaction, on a connection of its own.
func aloneInsert(path string) (writeLoad, error) {
	pool, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)")
	if err != nil {
		return writeLoad{}, err
	}
	pool.SetMaxOpenConns(1)
	if _, err := pool.Exec("CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT NOT NULL)"); err != nil {
		return writeLoad{}, err
	}
	insert, err := pool.Prepare("INSERT INTO rows (text) VALUES ($1)")
	return writeLoad{"floor: one row a transaction", func(ctx context.Context, _ int64) error {
		_, err := insert.ExecContext(ctx, "a row of some length, as an event might have")
		return err
	}}, err
}

// groupedAppend is one event alone, through the writer that shares commits.
func groupedAppend(store *db.Store) writeLoad {
	return writeLoad{"floor: one event, grouped", func(ctx context.Context, _ int64) error {
		return store.InTx(ctx, db.Actor{Kind: event.System, UserAgent: "bench"}, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Append(ctx, db.Event{Kind: event.KindSessionSignin, Reason: event.ReasonKnownIdentity, Provider: "bench"})
			return err
		})
	}}
}

// signIn is the whole transaction of a known person's sign-in.
func signIn(store *db.Store) writeLoad {
	service := accounts.New(store, accounts.Options{
		Policy:          accounts.Policy{Signup: accounts.SignupOpen, EmailLink: accounts.EmailLinkAsk},
		FreshFor:        10 * time.Minute,
		SessionLifetime: time.Hour,
	})
	return writeLoad{"sign-in", func(ctx context.Context, n int64) error {
		person := n % 2000
		_, err := service.Complete(ctx, db.Actor{UserAgent: "bench"}, accounts.Return{
			Attempt: db.Attempt{ID: store.NewID(), Provider: "bench", Intent: string(accounts.IntentSignIn), CreatedAt: store.Now()},
			Profile: accounts.Profile{
				Provider:   "bench",
				Subject:    fmt.Sprint("person-", person),
				Email:      fmt.Sprintf("person-%d@example.test", person),
				EmailState: accounts.EmailVerified,
				Name:       fmt.Sprint("Person ", person),
				Checks:     []string{"state matched this attempt", "PKCE proved"},
			},
		}, func(_ context.Context, tx *db.Tx, _ *db.Session, next db.Session) (db.Session, error) {
			return tx.StartSession(db.TokenHash(db.NewToken()), next)
		})
		return err
	}}
}
