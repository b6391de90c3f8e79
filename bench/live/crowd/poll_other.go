//go:build !linux

package crowd

import (
	"errors"
	"net/netip"
	"time"
)

var (
	errAgain   = errors.New("try again")
	errRefused = errors.New("refused")
	errSystem  = errors.New("the bench of live events needs Linux")
)

type poller struct{}

func newPoller() (*poller, error)                      { return nil, errSystem }
func (*poller) add(int) error                          { return errSystem }
func (*poller) wait(time.Duration) ([]int, error)      { return nil, errSystem }
func dial(netip.AddrPort, netip.AddrPort) (int, error) { return 0, errSystem }
func read(int, []byte) (int, error)                    { return 0, errSystem }
func write(int, []byte) (int, error)                   { return 0, errSystem }
func cut(int)                                          {}
