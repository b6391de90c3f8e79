package consultation_test

import (
	"testing"

	"ensemble/consultation/moderation"
	"ensemble/ent/auditentry"
	entmoderation "ensemble/ent/moderation"
)

// The audit says why something was moderated, without the facts, and what came of an appeal, without the words.
func TestAuditSaysWhyOfModeration(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.commitment(t)
		for want, d := range map[string]moderation.Decision{
			"OFFENSIVE":                        {Action: entmoderation.ActionHIDE, Reason: ptr(entmoderation.ReasonOFFENSIVE)},
			"ILLEGAL: Loi du 29 juillet 1881":  {Action: entmoderation.ActionHIDE, Reason: ptr(entmoderation.ReasonILLEGAL), Ground: "Loi du 29 juillet 1881"},
			"Charter, § 2":                     {Action: entmoderation.ActionDISMISS, Ground: "Charter, § 2"},
			"OTHER: Charter, § 3: about names": {Action: entmoderation.ActionHIDE, Reason: ptr(entmoderation.ReasonOTHER), Ground: "Charter, § 3: about names"},
		} {
			m := w.Comment(t, w.Alice, c.ID, want)
			w.report(t, w.Bob, m.ID)
			d.Item, d.Facts = m.ID, "Jeanne Dupont is named."
			row := got(w.Decide(as(t, w.Moderator), d))(t)
			if is := w.why(t, m.ID); is != want {
				t.Errorf("the audit says %q, want %q", is, want)
			}
			if d.Action != entmoderation.ActionHIDE {
				continue
			}
			a := got(w.Appeal(as(t, w.Alice), moderation.AppealInput{Moderation: row.ID, Text: "Une citation."}))(t)
			a = got(w.DecideAppeal(as(t, w.Admin), moderation.DecideAppealInput{Appeal: a.ID, Overturn: d.Ground == "", Statement: "Relu, Jeanne Dupont."}))(t)
			entry := got(w.Read.AuditEntry.Query().Where(auditentry.SubjectID(m.ID), auditentry.Act("decideAppeal")).Only(t.Context()))(t)
			if entry.Reason != string(a.State) {
				t.Errorf("of the appeal the audit says %q, want %s", entry.Reason, a.State)
			}
		}
	})
}

// why is the reason of the only audited decision on an item.
func (w *world) why(t *testing.T, item string) string {
	t.Helper()
	return got(w.Read.AuditEntry.Query().Where(auditentry.SubjectID(item)).Only(t.Context()))(t).Reason
}
