package weights

import (
	"encoding/json"
	"testing"

	"github.com/gomlx/gomlx/pkg/ml/context"
	"github.com/google/go-cmp/cmp"
)

// TestSnapshot splits a trainer's context into state and averages, and puts it together again.
func TestSnapshot(t *testing.T) {
	ctx := model(t, 2, 5)
	ctx.InAbsPath("/ema/unet/in").VariableWithValue("w", []float32{9})
	ctx.InAbsPath("/ema").VariableWithValue("#updates", int64(3)) // no average of anything
	s, err := Snapshot(ctx, "/ema", State{})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.EMA) != 1 || s.EMA[0].Name != "/unet/in/w" {
		t.Errorf("averages are %v, want that of /unet/in/w alone", s.EMA)
	}
	if got := Within(s.Tensors, "/ema"); len(got) != 1 || got[0].Name != "/ema/#updates" {
		t.Errorf("state keeps %v of the averages' scope, want the counter", got)
	}
	fresh := context.New()
	if err := Install(fresh, s.Variables("/ema")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(mustFromContext(t, ctx), mustFromContext(t, fresh)); diff != "" {
		t.Errorf("put together again (-want +got):\n%s", diff)
	}
	if err := Restore(ctx.InAbsPath("/unet"), Within(s.Tensors, "/unet")); err != nil {
		t.Error(err)
	}
}

func TestDifferences(t *testing.T) {
	tests := []struct {
		name, got, want string
		list            []string
	}{
		{"same in other words", `{"a":1, "b":[1,2]}`, `{ "b":[1, 2],"a":1}`, nil},
		{"both absent", ``, `null`, nil},
		{"values", `{"nf":16,"mult":[1,2,2],"in":{"x":1}}`, `{"nf":32,"mult":[1,2],"in":{"x":1,"y":true}}`,
			[]string{"in.y: got nothing, want true", "mult: got [1,2,2], want [1,2]", "nf: got 16, want 32"}},
		{"large seeds", `{"seed":9007199254740993}`, `{"seed":9007199254740992}`,
			[]string{"seed: got 9007199254740993, want 9007199254740992"}},
		{"kinds", `{"a":{}}`, `7`, []string{`configuration: got {"a":{}}, want 7`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			list, err := Differences(json.RawMessage(test.got), json.RawMessage(test.want))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.list, list); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if _, err := Differences(json.RawMessage("{"), nil); err == nil {
		t.Error("half an object was accepted")
	}
}

// TestSnapshotAgain: a snapshot in the memory of an older one has the present values, also where shapes have changed.
func TestSnapshotAgain(t *testing.T) {
	spare, err := Snapshot(model(t, 5, 3), "/ema", State{})
	if err != nil {
		t.Fatal(err)
	}
	for seed := range 2 {
		ctx := model(t, 4, float32(seed))
		want, err := Snapshot(ctx, "/ema", State{})
		if err != nil {
			t.Fatal(err)
		}
		if spare, err = Snapshot(ctx, "/ema", spare); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, spare); diff != "" {
			t.Errorf("seed %d:\n%s", seed, diff)
		}
	}
}
