package roadmap

// CompareAmendment is compareAmendment: one step of the job, with the row as the job has read it.
var CompareAmendment = (*Roadmap).compareAmendment

// MeasureStatement is measure.
const MeasureStatement = measure
