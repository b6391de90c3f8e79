package consultation

import (
	"context"
	"strings"

	"entgo.io/ent/dialect"

	"ensemble/consultation/change"
	"ensemble/consultation/message"
	"ensemble/consultation/notify"
	"ensemble/consultation/outbox"
	"ensemble/consultation/roadmap"
)

// What tests of package consultation_test need from inside.

// InTx is inTx.
var InTx = (*Service).In

// Record is record.
var Record = (*change.Tx).Record

// MayChangeStatus is mayChangeStatus.
var MayChangeStatus = roadmap.MayChangeStatus

// AnnouncePhase and CompareAmendment are one step each of a sweep, with the row as the sweep has read it.
var (
	AnnouncePhase    = (*Service).AnnouncePhase
	CompareAmendment = (*Service).CompareAmendment
)

// ExportedFiles are the names of the parts of an export.
func ExportedFiles() (names []string) {
	for _, part := range New(dialect.SQLite, nil, nil, nil).archiveFiles() {
		names = append(names, part.File)
	}
	return names
}

// ExportedColumns are the columns of each part of an export, in their order.
func ExportedColumns() map[string][]string {
	all := map[string][]string{}
	for _, part := range New(dialect.SQLite, nil, nil, nil).archiveFiles() {
		all[part.File] = strings.Fields(part.Columns)
	}
	return all
}

// ForgetSome is forgetSome.
var ForgetSome = (*Service).ForgetSome

// MeasureStatement is measure.
const MeasureStatement = roadmap.Measure

// French is the catalogue of messages.
var French = message.French

// ErrReaderInTx is errReaderInTx.
var ErrReaderInTx = change.ErrReaderInTx

// WriteMail writes a letter of one line to an address.
func WriteMail(tx *change.Tx, ctx context.Context, to, subject string) error {
	return tx.db.Mail(ctx, tx, outbox.Recipient{Address: to, Language: "en"}, outbox.Letter{
		Subject: message.Said{Message: "%s", Args: []any{subject}}, Body: []message.Said{{Message: "%s", Args: []any{subject}}},
	})
}

// Audit writes down an act.
func Audit(tx *change.Tx, ctx context.Context, act, subject string) error {
	return tx.Audit(ctx, change.Act{Name: act, Subject: subject})
}

// TellSome is tellSome.
var TellSome = (*Service).TellSome

// Notify and ForgetFollower are notify and forgetFollower.
var (
	Notify         = notify.Tell
	ForgetFollower = notify.ForgetFollower
)

// Singulars are what messages say of one thing, in English and in French, by what they say of more.
func Singulars() map[string][2]string {
	all := map[string][2]string{}
	for many, one := range message.Singulars {
		all[many] = [2]string{one.English, one.French}
	}
	return all
}

// NextDigest is next.
var NextDigest = notify.Hour.Next

// Said and Node are said and node.
type (
	Said = message.Said
	Node = change.Node
)

// About is about.
var About = (*change.Tx).About

// RegisterConcerns and its neighbours register what a noun is to those who are told of it.
var (
	RegisterConcerns   = (*Service).Concern
	RegisterSubject    = (*Service).TellOf
	RegisterReader     = (*Service).TellWith
	RegisterFollowable = (*Service).Followable
	RegisterTakingPart = (*Service).TakePart
)
