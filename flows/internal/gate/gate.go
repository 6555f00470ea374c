// Package gate lets what many goroutines use be closed once the last of them has left.
package gate

import "sync"

// Gate is open at first. It is safe for concurrent use.
type Gate struct {
	uses   sync.RWMutex // held for reading by those inside
	closed bool         // written under uses
}

// Enter is asked before each use, and not again inside of one. The gate stays open until leave; ok is false where it
// is closed.
func (g *Gate) Enter() (leave func(), ok bool) {
	g.uses.RLock()
	if g.closed {
		g.uses.RUnlock()
		return nil, false
	}
	return g.uses.RUnlock, true
}

// Close waits for those inside. It tells whether the gate was open.
func (g *Gate) Close() bool {
	g.uses.Lock()
	defer g.uses.Unlock()
	was := !g.closed
	g.closed = true
	return was
}
