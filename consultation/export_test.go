package consultation

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

// Prune is prune.
var Prune = (*Service).prune

// ForgetEvents is forgetEvents.
var ForgetEvents = (*Service).forgetEvents

// MeasureStatement is measure.
const MeasureStatement = measure

// French is the catalogue of messages.
var French = french

// ErrReaderInTx is errReaderInTx.
var ErrReaderInTx = errReaderInTx
