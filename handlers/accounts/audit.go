package accounts

import (
	"context"

	"gatebook/db"
	"gatebook/db/event"
)

// Viewed records that an admin reads the audit log.
func (s *Service) Viewed(ctx context.Context, actor db.Actor) error {
	return s.note(ctx, actor, db.Event{Kind: event.KindAuditView, TargetKind: event.TargetAudit, Account: actor.Account})
}

// Exported records that rows of the audit log leave Gatebook, before the first
// of them does: what was asked for, in which format.
func (s *Service) Exported(ctx context.Context, actor db.Actor, format, filter string) error {
	return s.note(ctx, actor, db.Event{
		Kind:       event.KindAuditExport,
		TargetKind: event.TargetAudit,
		Account:    actor.Account,
		Detail:     db.Detail{Format: format, Filter: filter},
	})
}

// ProviderChanged records that a provider went down, and why, or came back.
func (s *Service) ProviderChanged(ctx context.Context, provider string, up bool, why event.Reason) error {
	e := db.Event{Kind: event.KindProviderUp, Provider: provider, TargetKind: event.TargetProvider}
	if !up {
		e.Kind, e.Outcome, e.Reason = event.KindProviderDown, event.Failure, why
	}
	return s.note(ctx, db.Actor{Kind: event.System}, e)
}

// Started records that the program begins to serve, as version.
func (s *Service) Started(ctx context.Context, version string) error {
	return s.note(ctx, db.Actor{Kind: event.System}, db.Event{Kind: event.KindSystemStart, Detail: db.Detail{Note: version}})
}

// Stopped records an orderly stop.
func (s *Service) Stopped(ctx context.Context) error {
	return s.note(ctx, db.Actor{Kind: event.System}, db.Event{Kind: event.KindSystemStop, Reason: event.ReasonShutdown})
}

func (s *Service) note(ctx context.Context, actor db.Actor, e db.Event) error {
	return s.store.InTx(ctx, actor, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Append(ctx, e)
		return err
	})
}

// Sweep deletes what has had its time: attempts an hour after they expired,
// sessions a week after they ended. It writes when sessions were last used and
// the counts of folded failures. Call it about once a minute.
func (s *Service) Sweep(ctx context.Context) error {
	if err := s.FlushFolds(ctx); err != nil {
		return err
	}
	if err := s.store.FlushSeen(ctx); err != nil {
		return err
	}
	for range sweepBatches {
		swept, err := s.sweepOnce(ctx)
		if err != nil || swept < sweepBatch {
			return err
		}
	}
	return nil
}

// sweepOnce deletes one batch of each sort and says how many rows the larger
// one had.
func (s *Service) sweepOnce(ctx context.Context) (most int64, err error) {
	err = s.store.InTx(ctx, db.Actor{Kind: event.System}, func(_ context.Context, tx *db.Tx) error {
		attempts, err := tx.SweepAttempts(tx.Now().Add(-attemptMemory), sweepBatch)
		if err != nil {
			return err
		}
		sessions, err := tx.SweepSessions(tx.Now().Add(-sessionMemory), sweepBatch)
		most = max(attempts, sessions)
		return err
	})
	return most, err
}
