package moderation_test

import (
	"testing"

	"ensemble/consultation/moderation"
	"ensemble/consultation/roadmap"
	"ensemble/ent"
	"ensemble/ent/comment"
	"ensemble/internal/testsite/scene"
)

// A held comment and a held amendment say so in different columns of their rows; both are read as held.
func TestRemovalOfRows(t *testing.T) {
	type removal = moderation.Removal

	for _, c := range []struct {
		name string
		got  removal
		want removal
	}{
		{"a comment", roadmap.RemovalOfComment(&ent.Comment{}), removal{}},
		{"a hidden comment", roadmap.RemovalOfComment(&ent.Comment{HiddenAt: &scene.ATime}), removal{Hidden: true}},
		{"a held comment", roadmap.RemovalOfComment(&ent.Comment{HeldAt: &scene.ATime, HiddenAt: &scene.ATime}),
			removal{Held: true}},
		{"a deleted comment", roadmap.RemovalOfComment(&ent.Comment{DeletedAt: &scene.ATime}), removal{Deleted: true}},
		{"an edited comment", roadmap.RemovalOfComment(&ent.Comment{
			EditedAt: &scene.ATime, Alignment: scene.Ptr(comment.AlignmentFOR),
		}), removal{}},

		{"an amendment", roadmap.RemovalOfAmendment(&ent.Amendment{}), removal{}},
		{"a hidden amendment", roadmap.RemovalOfAmendment(&ent.Amendment{HiddenAt: &scene.ATime}),
			removal{Hidden: true}},
		{"a held amendment", roadmap.RemovalOfAmendment(&ent.Amendment{HeldAt: &scene.ATime}), removal{Held: true}},
	} {
		if c.got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, c.got, c.want)
		}
	}
}
