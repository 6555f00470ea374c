package train

import (
	"time"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/run"
)

// Event is what happens while a run is trained: [Started], [Stepped], [Evaluated], [Finished], [Forced],
// [Notice] or [Warning].
type Event interface{ event() }

// Started tells that all is ready. It comes before the first step is compiled.
type Started struct {
	Dir    run.Dir
	Engine *engine.Engine // until Train returns
	Step   int            // that is done: 0, or the checkpoint's that training goes on from
	Todo   int            // steps
}

// Stepped tells of a step.
type Stepped struct {
	Stat
	Logged bool
	// First is set for the first step of a session, which took Elapsed, its compilation included; its Stat is no
	// measure of others.
	First   bool
	Elapsed time.Duration
}

// Evaluated tells what the averages after a step are worth. Either figure may be missing.
type Evaluated struct {
	Step             int
	HeldOutLoss, FID *float64
	Elapsed          time.Duration
}

// Finished tells that all steps are done and saved.
type Finished struct {
	Step      int
	Seconds   float64 // of training, earlier sessions included
	Previewed int     // samples of a preview
}

// Forced tells of a setting that Force changes; Where has it as it was.
type Forced struct {
	run.Change
	Where string
}

// Notice tells what a user may want to know.
type Notice struct{ Text string }

// Warning tells of an error that doesn't stop training.
type Warning struct{ Err error }

func (Started) event()   {}
func (Stepped) event()   {}
func (Evaluated) event() {}
func (Finished) event()  {}
func (Forced) event()    {}
func (Notice) event()    {}
func (Warning) event()   {}
