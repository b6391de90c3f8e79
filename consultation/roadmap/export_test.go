package roadmap

// CompareAmendment lets tests compare one amendment as the job does, with a row that the job has read before.
var CompareAmendment = (*Roadmap).compareAmendment

// MeasureStatement lets tests ask a database how it plans the statement of Measure.
var MeasureStatement = measure
