package notify_test

import (
	"testing"

	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/commitment"
	"ensemble/ent/follow"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// BenchmarkFanout tells 10,000 followers of a commitment of each change of its status, on PostgreSQL. It measures how
// long the change takes, and how long it is until the last follower is told.
func BenchmarkFanout(b *testing.B) {
	const followers = 10_000
	w := testsite.NewWorld(b, testsite.Postgres(b))
	c := w.Commitment(b, "Un", "Texte.")

	for range followers / 1000 {
		var people []*ent.UserCreate
		var rows []*ent.FollowCreate
		for range 1000 {
			id := w.NewID("user")
			people = append(people, w.Write.User.Create().SetID(id).SetName("x").
				SetLanguage("fr").SetCreatedAt(w.Now()))
			rows = append(rows, w.Write.Follow.Create().SetID(w.NewID("follow")).SetUserID(id).
				SetKind(follow.KindCOMMITMENT).SetSubjectID(c.ID).SetCreatedAt(w.Now()))
		}
		testsite.Must(b, w.Write.User.CreateBulk(people...).Exec(b.Context()))
		testsite.Must(b, w.Write.Follow.CreateBulk(rows...).Exec(b.Context()))
	}

	testsite.Must(b, w.TellPeople(b.Context()))

	move := func(b *testing.B, i int) {
		to := []commitment.Status{commitment.StatusUNDER_REVIEW, commitment.StatusOPEN}[i%2]
		testsite.Must(b, scene.Only(w.ChangeCommitmentStatus(
			w.Steering.Ctx(b.Context()), roadmap.ChangeCommitmentStatusInput{Commitment: c.ID, Status: to},
		)))
	}

	n := 0
	b.Run("act", func(b *testing.B) {
		for b.Loop() {
			move(b, n)
			n++
		}
	})

	testsite.Must(b, scene.Only(w.Write.Fanout.Delete().Exec(b.Context())))

	b.Run("tell", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			move(b, n)
			n++
			b.StartTimer()
			testsite.Must(b, w.TellPeople(b.Context()))
		}
	})
}
