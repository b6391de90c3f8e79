package roadmap_test

import (
	"testing"
	"time"

	"ensemble/consultation/organizations"
	"ensemble/consultation/processes"
	"ensemble/consultation/public"
	"ensemble/consultation/refusal"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/internal/testsite/scene"
)

// conditions are comments of "the author", by what has become of them.
var conditions = map[string]*ent.Comment{
	"readable":           {ID: "m", AuthorID: "author"},
	"deleted":            {ID: "m", AuthorID: "author", DeletedAt: &scene.ATime},
	"hidden":             {ID: "m", AuthorID: "author", HiddenAt: &scene.ATime},
	"hidden and deleted": {ID: "m", AuthorID: "author", HiddenAt: &scene.ATime, DeletedAt: &scene.ATime},
}

func TestRemovedCommentsCanOnlyBeDeleted(t *testing.T) {
	author, reader := scene.Callers["the author"], scene.Callers["a user"]
	for condition, m := range conditions {
		removed := condition != "readable"
		want := refusal.Code("")
		if removed {
			want = refusal.Conflict
		}

		if got := public.IsRemoved(m); got != removed {
			t.Errorf("%s: removed is %t", condition, got)
		}

		if err := roadmap.MayEditComment(author, m, scene.InHere, nil, scene.OpenForAll); refusal.CodeOf(err) != want {
			t.Errorf("%s: editing answers %v, want %q", condition, err, want)
		}

		if err := roadmap.MayVote(reader, m, scene.InHere, nil, scene.OpenForAll); refusal.CodeOf(err) != want {
			t.Errorf("%s: voting answers %v, want %q", condition, err, want)
		}

		if err := roadmap.MayDeleteComment(author, m); err != nil {
			t.Errorf("%s: deleting answers %v", condition, err)
		}
	}
}

// Moderators and the author read what is hidden; nobody reads what its author deleted.
func TestWhoReadsARemovedComment(t *testing.T) {
	reads := map[string]bool{"the author": true, "MODERATOR": true, "ADMIN": true, "site ADMIN": true}
	for condition, m := range conditions {
		for who, viewer := range scene.Callers {
			want := reads[who] && m.DeletedAt == nil
			if got := roadmap.MayReadHidden(viewer, m, scene.InHere); got != want {
				t.Errorf("%s, %s: %t, want %t", condition, who, got, want)
			}
		}
	}
}

func TestAcceptsReplies(t *testing.T) {
	for depth, want := range []bool{true, true, true, false} {
		if got := roadmap.AcceptsReplies(&ent.Comment{Depth: depth}); got != want {
			t.Errorf("depth %d: %t, want %t", depth, got, want)
		}
		if roadmap.AcceptsReplies(&ent.Comment{Depth: depth, DeletedAt: &scene.ATime}) {
			t.Errorf("depth %d, deleted: can be answered", depth)
		}
	}
}

func TestMaySign(t *testing.T) {
	for who, viewer := range scene.Callers {
		if err := organizations.MaySign(viewer, nil); err != nil {
			t.Errorf("%s, in no organization's name: %v", who, err)
		}

		for _, organization := range []string{"hub", "another", ""} {
			var want refusal.Code
			if who != "a signatory" || organization != "hub" {
				want = refusal.Forbidden
			}
			if err := organizations.MaySign(viewer, &organization); refusal.CodeOf(err) != want {
				t.Errorf("%s, for %q: %v, want %q", who, organization, err, want)
			}
		}
	}
}

func TestPhaseIsOpenFromItsStartUntilItsEnd(t *testing.T) {
	closes := scene.ATime.Add(time.Hour)
	bounded, endless := &ent.Phase{OpensAt: scene.ATime, ClosesAt: &closes}, &ent.Phase{OpensAt: scene.ATime}
	moments := []struct {
		name             string
		at               time.Time
		bounded, endless bool
	}{
		{"just before it opens", scene.ATime.Add(-time.Microsecond), false, false},
		{"the moment it opens", scene.ATime, true, true},
		{"the same moment in another zone", scene.ATime.In(time.FixedZone("", 7200)), true, true},
		{"just before it closes", closes.Add(-time.Microsecond), true, true},
		{"the moment it closes", closes, false, true},
		{"long after", closes.AddDate(10, 0, 0), false, true},
	}

	for _, c := range moments {
		if processes.IsOpen(bounded, c.at) != c.bounded || processes.IsOpen(endless, c.at) != c.endless {
			t.Errorf("%s: %t, endless %t", c.name, processes.IsOpen(bounded, c.at), processes.IsOpen(endless, c.at))
		}
	}
}

// What may be done at a moment is all that any phase that is open then allows.
func TestOpenPhasesAddUp(t *testing.T) {
	over := scene.ATime
	phases := []*ent.Phase{
		{OpensAt: scene.ATime.Add(-time.Hour), Comments: true},
		{OpensAt: scene.ATime, Supports: true, AmendmentSubmission: true},
		{OpensAt: scene.ATime.Add(-time.Hour), ClosesAt: &over, AmendmentDecision: true},
		{OpensAt: scene.ATime.Add(time.Hour), AmendmentPromotion: true},
	}

	want := processes.Openings{Comments: true, Supports: true, AmendmentSubmission: true}
	if got := processes.OpeningsAt(phases, scene.ATime); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := processes.OpeningsAt(nil, scene.ATime); got != (processes.Openings{}) {
		t.Errorf("no phases open %+v", got)
	}
}
