package consultation_test

import (
	"testing"

	"ensemble/consultation"
	"ensemble/consultation/organizations"
	"ensemble/ent/membership"
	"ensemble/internal/testsite"
	"ensemble/internal/testsite/scene"
)

// What waits for an address goes with the account that has it, unless the account might have shown that the address is
// theirs and has not: somebody may sign up with another's address.
func TestEraseWhatWaitsForAnAddress(t *testing.T) {
	for name, c := range map[string]struct{ mails, confirmed, stays bool }{
		"confirmed":                 {mails: true, confirmed: true},
		"never confirmed":           {mails: true, stays: true},
		"where no mail can be sent": {},
	} {
		t.Run(name, func(t *testing.T) {
			scene.Each(t, func(t *testing.T, w *scene.World) {
				w.Mailing(t)
				account := scene.NewAccount()
				testsite.Got(w.InviteMember(scene.As(t, w.Admin), organizations.InviteMemberInput{
					Organization: w.Organization.ID, Email: &account.Email, Role: membership.RoleMEMBER,
				}))(t)
				if !c.mails {
					w.Mailer = nil
				}

				p := w.As(testsite.Got(w.SignUp(t.Context(), account))(t))
				if c.confirmed {
					w.Confirmed(t, p)
				}
				_, err := w.EraseAccount(scene.As(t, p), consultation.EraseAccountInput{Password: new(scene.Password)})
				testsite.Must(t, err)

				n := testsite.Got(w.Read.Invitation.Query().Count(t.Context()))(t)
				if stays := n > 0; stays != c.stays {
					t.Errorf("%d invitations are left", n)
				}
			})
		})
	}
}
