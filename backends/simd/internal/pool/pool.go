// Package pool spreads index ranges over a fixed set of worker goroutines.
//
// What a worker computes never depends on which worker it is or on how many there are: callers cut the work
// into pieces by shape alone, so results have the same bits whatever the number of workers.
package pool

import (
	"runtime"
	"sync"
	"time"
)

// spinTime is how long a goroutine without work looks for some before it sleeps. Waking a sleeper takes the
// operating system several microseconds, as long as many operations of a compiled program take.
const spinTime = 40 * time.Microsecond

// Pool runs pieces of work on up to Workers goroutines, the caller's included.
// Its methods may be called from several goroutines at once and from within a piece of work. Nobody ever waits for
// work that has not been started: a caller whose workers are all busy does everything itself.
type Pool struct {
	workers int
	idle    sync.Pool // of *job
	offers  chan *job // a job is offered once to each worker that may join it; an offer may come too late
	quit    chan struct{}
	close   sync.Once
}

// New returns a pool of the given number of workers; 0 or less means runtime.GOMAXPROCS(0).
func New(workers int) *Pool {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	p := &Pool{workers: workers, offers: make(chan *job, workers), quit: make(chan struct{})}
	for w := 1; w < workers; w++ {
		go p.serve(w)
	}
	return p
}

// Workers is the number of goroutines that Run spreads work over, at least 1.
func (p *Pool) Workers() int { return p.workers }

// Run calls do(i) once for each i in [0, n) and returns when all calls have returned.
// A panic in do is raised again on the calling goroutine.
func (p *Pool) Run(n int, do func(i int)) {
	if n <= 1 || p.workers == 1 {
		for i := range n {
			do(i)
		}
		return
	}
	j := p.newJob(n, do)
	p.offer(j, min(p.workers, n)-1)
	j.join(0)
	j.wait()
	defer p.release(j)
	if f := j.fail.Load(); f != nil {
		panic(f.value)
	}
}

// offer invites up to the given number of workers; busy ones see the offer when they are free.
func (p *Pool) offer(j *job, workers int) {
	for range workers {
		j.holders.Add(1)
		select {
		case p.offers <- j:
		default:
			j.holders.Add(-1) // the caller is one too, so this isn't the last
			return
		}
	}
}

// Close ends the workers. Run works on: callers then do everything themselves.
func (p *Pool) Close() { p.close.Do(func() { close(p.quit) }) }

// serve is the life of a worker. Callers are worker 0.
func (p *Pool) serve(worker int) {
	for {
		j := p.next()
		if j == nil {
			return
		}
		j.join(worker)
		p.release(j)
	}
}

// next waits for an offer, awake at first. It returns nil when the pool is closed, which only a sleeper sees: looking
// at one channel costs less than at two.
func (p *Pool) next() *job {
	for s := startSpin(); s.again(); {
		select {
		case j := <-p.offers:
			return j
		default:
		}
	}
	select {
	case j := <-p.offers:
		return j
	case <-p.quit:
		return nil
	}
}

// spin counts the turns of a loop that waits awake.
type spin struct {
	turns    int
	deadline time.Time
}

func startSpin() spin { return spin{deadline: time.Now().Add(spinTime)} }

// again reports whether the wait goes on; it looks at the clock only now and then.
func (s *spin) again() bool {
	s.turns++
	return s.turns%64 != 0 || time.Now().Before(s.deadline)
}
