package db_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gatebook/db"
	"gatebook/db/dbtest"
	"gatebook/db/event"
)

// together runs b.N calls of write by callers goroutines, and reports how long
// the slowest of a hundred waited.
func together(b *testing.B, callers int, write func(n int) error) {
	b.Helper()
	var next atomic.Int64
	waits := make([][]time.Duration, callers)
	var wg sync.WaitGroup
	b.ResetTimer()
	for c := range callers {
		wg.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				begin := time.Now()
				if err := write(int(n)); err != nil {
					b.Error(err)
					return
				}
				waits[c] = append(waits[c], time.Since(begin))
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	all := slices.Sorted(slices.Values(slices.Concat(waits...)))
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "p99-ms")
}

var callerCounts = []int{1, 16, 64}

// BenchmarkAppend is one recorded sign-in: chain, dictionaries, roll-up, disk.
func BenchmarkAppend(b *testing.B) {
	for _, callers := range callerCounts {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			s := dbtest.Open(b)
			together(b, callers, func(n int) error {
				actor := db.Actor{Kind: event.Account, Account: db.ID(n), UserAgent: fmt.Sprint("agent ", n%50)}
				return s.InTx(ctx, actor, func(ctx context.Context, tx *db.Tx) error {
					_, err := tx.Append(ctx, db.Event{Kind: event.KindSessionSignin, Provider: "github", Account: db.ID(n % 1000),
						Name: fmt.Sprint("name ", n%1000), Email: "a@x.test"})
					return err
				})
			})
		})
	}
}

const bareInsert = `INSERT INTO event_days (day, provider_id, kind, outcome, n) VALUES ($1, 0, 0, 0, 0)`

// BenchmarkBareGroupedInsert is the writer with the least work in it.
func BenchmarkBareGroupedInsert(b *testing.B) {
	for _, callers := range callerCounts {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			s := dbtest.Open(b)
			together(b, callers, func(n int) error {
				return s.InTx(ctx, db.Actor{}, func(_ context.Context, tx *db.Tx) error { return db.Exec(tx, bareInsert, n) })
			})
		})
	}
}

// BenchmarkFloorOneRowPerTransaction is what the writer is measured against:
// the same bare row, one connection, one commit and one disk sync each.
func BenchmarkFloorOneRowPerTransaction(b *testing.B) {
	for _, callers := range callerCounts {
		b.Run(fmt.Sprint(callers), func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "floor.db")
			dbtest.OpenFile(b, path, time.Now).Close()
			pool, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { pool.Close() })
			pool.SetMaxOpenConns(1)
			stmt, err := pool.Prepare(bareInsert)
			if err != nil {
				b.Fatal(err)
			}
			together(b, callers, func(n int) error { _, err := stmt.Exec(n); return err })
		})
	}
}

func BenchmarkSession(b *testing.B) {
	s, path := openPath(b, time.Now)
	account, identity := person(b, s, "Ada")
	token, _ := signIn(b, s, account.ID, identity.ID)
	hash := db.TokenHash(token)
	b.Run("memory", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Session(ctx, hash); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("memory with its hash", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Session(ctx, db.TokenHash(token)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("memory by all cores", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := s.Session(ctx, hash); err != nil {
					b.Error(err)
				}
			}
		})
	})
	b.Run("floor prepared SELECT", func(b *testing.B) {
		stmt, err := raw(b, path).Prepare(`SELECT data FROM sessions WHERE token_hash = $1 AND ended_at = 0 AND expires_at > $2`)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			var data []byte
			if err := stmt.QueryRow(hash, time.Now().UnixMicro()).Scan(&data); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkVerifyChain has as its floor the stepping of the same rows.
func BenchmarkVerifyChain(b *testing.B) {
	const n = 20_000
	s, file := chainOf(b, n)
	rate := func(b *testing.B) { b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "rows/s") }
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			if got, err := s.VerifyChain(ctx); got != n || err != nil {
				b.Fatal(got, err)
			}
		}
		rate(b)
	})
	b.Run("floor stepping", func(b *testing.B) {
		row, into := make([]sql.RawBytes, 27), make([]any, 27)
		for i := range row {
			into[i] = &row[i]
		}
		for b.Loop() {
			rows, err := file.Query(db.SelectChained + ` ORDER BY e.seq`)
			if err != nil {
				b.Fatal(err)
			}
			for rows.Next() {
				if err := rows.Scan(into...); err != nil {
					b.Fatal(err)
				}
			}
			if err := rows.Close(); err != nil {
				b.Fatal(err)
			}
		}
		rate(b)
	})
}
