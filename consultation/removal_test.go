package consultation_test

import (
	"testing"

	"ensemble/consultation/moderation"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/comment"
)

// The rows of a held comment and of a held amendment say so in different columns.
func TestRemovalOfRows(t *testing.T) {
	type removal = moderation.Removal
	for _, c := range []struct {
		name string
		got  removal
		want removal
	}{
		{"a comment", roadmap.RemovalOfComment(&ent.Comment{}), removal{}},
		{"a hidden comment", roadmap.RemovalOfComment(&ent.Comment{HiddenAt: &aTime}), removal{Hidden: true}},
		{"a held comment", roadmap.RemovalOfComment(&ent.Comment{HeldAt: &aTime, HiddenAt: &aTime}), removal{Held: true}},
		{"a deleted comment", roadmap.RemovalOfComment(&ent.Comment{DeletedAt: &aTime}), removal{Deleted: true}},
		{"an edited comment", roadmap.RemovalOfComment(&ent.Comment{EditedAt: &aTime, Alignment: ptr(comment.AlignmentFOR)}), removal{}},
		{"an amendment", roadmap.RemovalOfAmendment(&ent.Amendment{}), removal{}},
		{"a hidden amendment", roadmap.RemovalOfAmendment(&ent.Amendment{HiddenAt: &aTime}), removal{Hidden: true}},
		{"a held amendment", roadmap.RemovalOfAmendment(&ent.Amendment{HeldAt: &aTime}), removal{Held: true}},
	} {
		if c.got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, c.got, c.want)
		}
	}
}
