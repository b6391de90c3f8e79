package processes

// AnnouncePhase is announcePhase: it takes one step of the job, with the row as the job has read it.
var AnnouncePhase = (*Processes).announcePhase
