// Package live carries what happened in a consultation to those who watch it.
//
// An [Event] is a fact after commit, numbered from 1 without gaps on its topic (the thing people watch), in
// commit order. The [Log] in the database is the truth about events; a [Broker] carries hints between processes;
// a [Hub] in each process keeps the latest events of watched topics in memory and serves subscribers from there.
//
// The promise: a subscriber receives every event of its topic that follows its [Cursor], in order and once, as
// long as the log has them. Returning with the cursor of the last event received continues exactly there, in
// any process. Where that is impossible (the log was pruned, or the database restored to an earlier state) it
// receives one event of type [Reset], never silence. Losing hints, or the whole broker, costs latency only.
//
// Beside events there are pulses: the newest state of something, as a [Meter] reads it, with how many watch. Nothing is
// promised of a pulse but that one follows when the state has changed.
//
// The package does not decide who may listen, does not store anything, and imports nothing else of Ensemble.
package live
