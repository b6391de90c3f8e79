package consultation

import (
	"context"
	"strings"

	"entgo.io/ent/dialect"
)

// What tests of package consultation_test need from inside.

// InTx is inTx.
var InTx = (*Service).inTx

// Record is record.
var Record = (*Tx).record

// MayChangeStatus is mayChangeStatus.
var MayChangeStatus = mayChangeStatus

// AnnouncePhase and CompareAmendment are one step each of a sweep, with the row as the sweep has read it.
var (
	AnnouncePhase    = (*Service).announcePhase
	CompareAmendment = (*Service).compareAmendment
)

// ExportedFiles are the names of the parts of an export.
func ExportedFiles() (names []string) {
	for _, part := range New(dialect.SQLite, nil, nil, nil).archiveFiles() {
		names = append(names, part.file)
	}
	return names
}

// ExportedColumns are the columns of each part of an export, in their order.
func ExportedColumns() map[string][]string {
	all := map[string][]string{}
	for _, part := range New(dialect.SQLite, nil, nil, nil).archiveFiles() {
		all[part.file] = strings.Fields(part.columns)
	}
	return all
}

// ForgetSome is forgetSome.
var ForgetSome = (*Service).forgetSome

// MeasureStatement is measure.
const MeasureStatement = measure

// French is the catalogue of messages.
var French = french

// ErrReaderInTx is errReaderInTx.
var ErrReaderInTx = errReaderInTx

// WriteMail writes a letter of one line to an address.
func WriteMail(tx *Tx, ctx context.Context, to, subject string) error {
	return tx.service.mail(ctx, tx, recipient{address: to, language: "en"}, letter{
		Subject: said{Message: "%s", Args: []any{subject}}, Body: []said{{Message: "%s", Args: []any{subject}}},
	})
}

// Audit writes down an act.
func Audit(tx *Tx, ctx context.Context, act, subject string) error {
	return tx.audit(ctx, privileged{act: act, subject: subject})
}

// TellSome is tellSome.
var TellSome = (*Service).tellSome

// Notify and ForgetFollower are notify and forgetFollower.
var (
	Notify         = notify
	ForgetFollower = forgetFollower
)

// Singulars are what messages say of one thing, in English and in French, by what they say of more.
func Singulars() map[string][2]string {
	all := map[string][2]string{}
	for many, one := range singulars {
		all[many] = [2]string{one.english, one.french}
	}
	return all
}

// NextDigest is next.
var NextDigest = Hour.next

// Said and Node are said and node.
type (
	Said = said
	Node = node
)

// About is about.
var About = (*Tx).about

// RegisterConcerns and its neighbours register what a noun is to those who are told of it.
var (
	RegisterConcerns   = (*Service).concern
	RegisterSubject    = (*Service).tellOf
	RegisterReader     = (*Service).tellWith
	RegisterFollowable = (*Service).followable
	RegisterTakingPart = (*Service).takePart
)
