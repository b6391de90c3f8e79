package moderation_test

import (
	"testing"

	"ensemble/consultation/moderation"
	"ensemble/ent/auditentry"
	entmoderation "ensemble/ent/moderation"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// The audit says why something was moderated, but not the facts, and what came of an appeal, but not its words.
func TestAuditSaysWhyOfModeration(t *testing.T) {
	scene.Each(t, func(t *testing.T, w *scene.World) {
		c := w.SomeCommitment(t)
		for want, d := range map[string]moderation.Decision{
			"OFFENSIVE": {Action: entmoderation.ActionHIDE, Reason: scene.Ptr(entmoderation.ReasonOFFENSIVE)},
			"ILLEGAL: Loi du 29 juillet 1881": {
				Action: entmoderation.ActionHIDE, Reason: scene.Ptr(entmoderation.ReasonILLEGAL),
				Ground: "Loi du 29 juillet 1881",
			},
			"Charter, § 2": {Action: entmoderation.ActionDISMISS, Ground: "Charter, § 2"},
			"OTHER: Charter, § 3: about names": {
				Action: entmoderation.ActionHIDE, Reason: scene.Ptr(entmoderation.ReasonOTHER),
				Ground: "Charter, § 3: about names",
			},
		} {
			m := w.Comment(t, w.Alice, c.ID, want)
			reportBy(t, w, w.Bob, m.ID)

			d.Item, d.Facts = m.ID, "Jeanne Dupont is named."
			row := testsite.Got(w.Decide(scene.As(t, w.Moderator), d))(t)
			if is := why(t, w, m.ID); is != want {
				t.Errorf("the audit says %q, want %q", is, want)
			}

			if d.Action != entmoderation.ActionHIDE {
				continue
			}

			a := appealBy(t, w, w.Alice, row.ID, "Une citation.")
			a = testsite.Got(w.DecideAppeal(scene.As(t, w.Admin), moderation.DecideAppealInput{
				Appeal: a.ID, Overturn: d.Ground == "", Statement: "Relu, Jeanne Dupont.",
			}))(t)
			entry := testsite.Got(w.Read.AuditEntry.Query().
				Where(auditentry.SubjectID(m.ID), auditentry.Act("decideAppeal")).
				Only(t.Context()))(t)
			if entry.Reason != string(a.State) {
				t.Errorf("of the appeal the audit says %q, want %s", entry.Reason, a.State)
			}
		}
	})
}

// why returns the reason of the only audited decision on an item.
func why(t *testing.T, w *scene.World, item string) string {
	t.Helper()
	return testsite.Got(w.Read.AuditEntry.Query().Where(auditentry.SubjectID(item)).Only(t.Context()))(t).Reason
}
