package pool

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestRunOnce counts the calls for each index, with several callers at once.
func TestRunOnce(t *testing.T) {
	p := New(4)
	defer p.Close()
	var callers sync.WaitGroup
	for range 3 {
		callers.Go(func() {
			for n := range 200 {
				counts := make([]atomic.Int32, n)
				p.Run(n, func(i int) { counts[i].Add(1) })
				for i := range counts {
					if got := counts[i].Load(); got != 1 {
						t.Errorf("n = %d: index %d ran %d times", n, i, got)
					}
				}
			}
		})
	}
	callers.Wait()
}

// TestRunNested runs work inside of work: all workers wait for each other's inner work at once.
func TestRunNested(t *testing.T) {
	p := New(3)
	defer p.Close()
	var sum atomic.Int64
	p.Run(20, func(i int) {
		p.Run(20, func(j int) {
			p.Run(3, func(k int) { sum.Add(int64(i*100 + j*10 + k)) })
		})
	})
	if want := int64(9.5*100*20*20*3 + 9.5*10*20*20*3 + 20*20*3); sum.Load() != want {
		t.Errorf("sum = %d, want %d", sum.Load(), want)
	}
}

// TestRunParallel sees two pieces of work that wait for each other: they need two goroutines, also straight after
// other work and after the workers have fallen asleep.
func TestRunParallel(t *testing.T) {
	p := New(2)
	defer p.Close()
	for round := range 20 {
		if round%5 == 4 {
			time.Sleep(3 * spinTime)
		}
		met := make(chan int)
		missed := false
		p.Run(2, func(i int) {
			if i == 0 {
				select {
				case met <- i:
				case <-time.After(5 * time.Second):
					missed = true
					close(met)
				}
			} else {
				<-met
			}
		})
		if missed {
			t.Fatalf("round %d: one goroutine did all the work", round)
		}
	}
}

// TestRunPanic sees that a panic reaches the caller and that the pool still works afterwards.
func TestRunPanic(t *testing.T) {
	p := New(2)
	defer p.Close()
	for _, at := range []int{0, 1, 99} {
		func() {
			defer func() {
				if got := recover(); got != at {
					t.Errorf("recovered %v, want %d", got, at)
				}
			}()
			p.Run(100, func(i int) {
				if i == at {
					panic(at)
				}
			})
		}()
	}
	var ran atomic.Int32
	p.Run(10, func(int) { ran.Add(1) })
	if ran.Load() != 10 {
		t.Errorf("after a panic %d of 10 pieces ran", ran.Load())
	}
}

// TestCloseWhileRunning closes the pool between and during calls: every piece is still done.
func TestCloseWhileRunning(t *testing.T) {
	for range 50 {
		p := New(3)
		var callers sync.WaitGroup
		started := make(chan struct{}, 2)
		for range 2 {
			callers.Go(func() {
				for round := range 50 {
					var ran atomic.Int32
					p.Run(20, func(int) { ran.Add(1) })
					if ran.Load() != 20 {
						t.Errorf("%d of 20 pieces ran", ran.Load())
					}
					if round == 5 {
						started <- struct{}{}
					}
				}
			})
		}
		<-started
		p.Close()
		callers.Wait()
	}
}

// BenchmarkRun is what handing out no work costs.
func BenchmarkRun(b *testing.B) {
	p := New(2)
	defer p.Close()
	for b.Loop() {
		p.Run(2, func(int) {})
	}
}
