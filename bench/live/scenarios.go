package main

import (
	"fmt"
	"time"
)

// mode is how the events of a scenario come about.
type mode int

const (
	together  mode = iota // committed in one transaction and published back to back
	paced                 // one mutation each, one every so often
	mutations             // one mutation each, one after the other
	idle                  // none
	// resumed: some, then the server is killed, others follow, and all come back at once with their cursors.
	resumed
)

// scenario is one thing that is measured.
type scenario struct {
	name        string
	peers       []string
	mode        mode
	servers     int
	topics      int
	subscribers int // in all
	events      int // for each subscriber
	every       time.Duration
	away        int // events that come while the subscribers are away
}

func (s scenario) named() string { return s.name }

// String describes the scenario, as the heading of its table.
func (s scenario) String() string {
	text := fmt.Sprintf("%s: %d subscribers", s.name, s.subscribers)
	if s.topics > 1 {
		text += fmt.Sprintf(" of %d topics", s.topics)
	}
	if s.servers > 1 {
		text += fmt.Sprintf(" over %d server processes", s.servers)
	}

	switch s.mode {
	case together:
		return text + fmt.Sprintf(", %d events for each, committed in one transaction and published back to back",
			s.events)
	case paced:
		return text + fmt.Sprintf(", %d events, each one mutation, one every %s", s.events, s.every)
	case mutations:
		return text + fmt.Sprintf(", %d events, each one mutation, one after the other", s.events)
	case idle:
		return text + ", which have seen one event and wait"
	}
	return text + fmt.Sprintf(", %d events; then the server is killed, %d more events are committed, and all come back at once",
		s.events, s.away)
}

// scenarios returns all of them; quick ones show that everything works and measure nothing.
func scenarios(quick bool) []scenario {
	all := []scenario{
		{name: "burst", peers: []string{"ensemble", "stock", "raw", "coalesce", "node"},
			subscribers: 1000, events: 200},
		{name: "wide", peers: []string{"ensemble", "stock", "raw", "coalesce", "node"},
			subscribers: 10_000, events: 20},
		{name: "paced", peers: []string{"ensemble", "stock", "raw", "coalesce", "node"}, mode: paced,
			subscribers: 10_000, events: 20, every: 200 * time.Millisecond},
		{name: "topics", peers: []string{"ensemble", "stock", "raw", "coalesce"},
			topics: 1000, subscribers: 10_000, events: 20},
		{name: "idle", peers: []string{"ensemble", "signed", "stock", "raw", "node"}, mode: idle, subscribers: 10_000},
		{name: "full", peers: []string{"ensemble", "raw"}, subscribers: 19_000, events: 5},
		{name: "three", peers: []string{"ensemble"}, servers: 3, subscribers: 50_000, events: 5},
		{name: "resume", peers: []string{"ensemble"}, mode: resumed, subscribers: 10_000, events: 5, away: 20},
		{name: "mutations", peers: []string{"ensemble", "stock", "raw", "coalesce"}, mode: mutations,
			subscribers: 1000, events: 200},
	}

	for i := range all {
		s := &all[i]
		s.servers, s.topics = max(s.servers, 1), max(s.topics, 1)
		if quick {
			s.topics, s.subscribers = max(s.topics/50, 1), s.subscribers/50
			s.events = min(s.events, 20)
		}
	}
	return all
}
