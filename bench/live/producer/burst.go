package producer

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"ensemble/ent"
)

// Burst comments so many times on each of some topics, in turns, commits all of that in one transaction, and then
// announces the events back to back. It returns when the commit was done.
func (p *Producer) Burst(
	ctx context.Context, to Target, topics []string, kind byte, from, count int, before func() error,
) (time.Time, error) {
	all, err := p.prepare(ctx, topics, kind, from, count)
	if err != nil {
		return time.Time{}, err
	}
	defer func() { _ = all.Rollback() }() // does nothing once committed

	if err := before(); err != nil {
		return time.Time{}, err
	}

	if err := all.Commit(); err != nil {
		return time.Time{}, err
	}

	committed := time.Now()
	return committed, p.announce(ctx, to, all.posted)
}

// burst is a transaction with everything in it but its commit.
type burst struct {
	*entsql.Tx
	posted []posted
}

// prepare posts each comment as a mutation does, save that all share one transaction.
func (p *Producer) prepare(ctx context.Context, topics []string, kind byte, from, count int) (*burst, error) {
	driver := entsql.OpenDB(dialect.Postgres, p.store.Write)
	tx, err := driver.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return nil, err
	}

	all := &burst{Tx: tx.(*entsql.Tx)}
	service, recorded := p.newService() // the parts of p.service keep its driver
	service.Write = ent.NewClient(ent.Driver(shared{driver, all.Tx}))

	for i := range count {
		for _, topic := range topics {
			c, err := p.post(ctx, service, topic, kind, from+i)
			if err != nil {
				_ = all.Rollback()
				return nil, err
			}
			all.posted = append(all.posted, posted{comment: c})
		}
	}

	if len(recorded.events) != len(all.posted) {
		_ = all.Rollback()
		return nil, fmt.Errorf("%d comments made %d events", len(all.posted), len(recorded.events))
	}

	for i, e := range recorded.events {
		all.posted[i].event = e
	}

	return all, nil
}

// shared is a driver whose transactions are parts of one: they end, and it goes on.
type shared struct {
	*entsql.Driver
	tx *entsql.Tx
}

// BeginTx hides that of the driver.
func (s shared) BeginTx(context.Context, *sql.TxOptions) (dialect.Tx, error) { return part{s.tx}, nil }

type part struct{ *entsql.Tx }

func (part) Commit() error   { return nil }
func (part) Rollback() error { return nil }
