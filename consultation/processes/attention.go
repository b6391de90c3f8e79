package processes

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"ensemble/consultation/change"
	"ensemble/consultation/message"
	"ensemble/consultation/notify"
	"ensemble/consultation/public"
	"ensemble/ent/follow"
	"ensemble/ent/notification"
	"ensemble/ent/process"
	"ensemble/live"
)

// registerConcerns registers whom events of a process concern, and that people can follow one.
func (s *Processes) registerConcerns() {
	s.notify.Concern(processConcerns...)
	s.notify.DescribeWith(s.titleProcesses)
	s.notify.Followable(notify.Followable{
		Kind: follow.KindPROCESS, Table: process.Table,
		Exists: func(ctx context.Context, tx *change.Tx, id string) (bool, error) {
			return tx.Process.Query().Where(public.Published(id)).Exist(ctx)
		},
		Left: func(t *sql.Selector) *sql.Predicate { return sql.NotNull(t.C(process.FieldPublishedAt)) },
	})
}

// titleProcesses says the titles of processes that notifications are about, or whose languages their titles have.
func (s *Processes) titleProcesses(ctx context.Context, w *notify.Surroundings) error {
	ids := w.IDs("process")
	found, err := change.Found(ctx, nil, s.public.PublicProcesses().Where(process.IDIn(ids...)).All, ids)
	for id, p := range found {
		w.Titled(id, p.Title, p.Languages)
	}
	return err
}

var processConcerns = []notify.Concern{
	{
		Kind: notification.KindPHASE_OPENED, On: []live.Type{live.PhaseOpened}, In: "process",
		Who: "followers of the process", To: (*notify.Happening).Followers, About: (*notify.Happening).OnTopic,
		Says: message.Said{Message: "A phase of “%[3]s” has opened."},
	},
	{
		Kind: notification.KindPHASE_CLOSED, On: []live.Type{live.PhaseClosed}, In: "process",
		Who: "followers of the process", To: (*notify.Happening).Followers, About: (*notify.Happening).OnTopic,
		Says: message.Said{Message: "A phase of “%[3]s” has closed."},
	},
}
