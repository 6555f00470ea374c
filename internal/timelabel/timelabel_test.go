package timelabel

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// Labels as papers write them have the times that a reader sees in them; of others none is guessed.
func TestTimes(t *testing.T) {
	for _, tc := range []struct {
		labels, order, categories string
		times                     []float64
		says                      string
	}{
		{"Day 00-03,Day 06-09,Day 12-15", "", "", []float64{1.5, 7.5, 13.5}, `"Day 06-09" is 7.5`},
		{"day7,day0,day7", "", "", []float64{7, 0, 7}, `"day0" is 0, "day7" is 7`},
		{"E8.5,E10", "", "", []float64{8.5, 10}, ""},
		{"24h,48h", "", "", []float64{24, 48}, ""},
		{"D-7,D-8", "", "", []float64{7, 8}, ""},
		{"day-0,day-3,day-7", "", "", []float64{0, 3, 7}, ""},
		{"D-4,D-1,D0,D3", "", "", []float64{-4, -1, 0, 3}, `"D-4" is -4, "D-1" is -1, "D0" is 0, "D3" is 3`},
		{"d3,d-3,d0-1", "", "", []float64{3, -3, 0.5}, ""},
		{"Day_-4,Day_0", "", "", []float64{-4, 0}, ""},
		{"D−4,D−1", "", "", []float64{-4, -1}, ""},
		{"D-4,D--1", "", "", nil, "leave open whether a hyphen is a minus"},
		{"D-7,D_8", "", "", nil, "leave open"},
		{"D-0,D3,D-7", "", "", nil, "leave open"},
		{"Day -1,Day-0", "", "", nil, "leave open"},
		{"day -0,day -3", "", "", nil, `"day -0" has a 0 after a minus`},
		{"day -1,day 0", "", "", []float64{-1, 0}, ""},
		{"-2 d,1 d", "", "", []float64{-2, 1}, ""},
		{"7,0.5,1e1", "", "", []float64{7, 0.5, 10}, ""},
		{"early,late,mid", "early,mid,late", "", []float64{0, 2, 1}, "order that was stated"},
		{"day 10,day 2", "day 10,day 2", "", []float64{0, 1}, ""},
		{"late,early", "", "early,mid,late", []float64{1, 0}, "order of the file's categories"},
		{"day 2,day 1", "", "day 2,day 1", []float64{2, 1}, "numbers in labels"},
		{"early,late", "", "", nil, `"early" has no number`},
		{"12h,1d", "", "", nil, `"12h" and "1d" differ by more than a number`},
		{"E8.5,P0", "", "", nil, "differ"},
		{"day 1,day 01", "", "", nil, "have the same number"},
		{"2024-01-05,2024-02-05", "", "", nil, "or several"},
		{"rep1 day2,rep1 day3", "", "", nil, "or several"},
		{"day 3-1,day 4", "", "", nil, "aren't in order"},
		{"0,5 h,1 h", "", "", nil, "differ"},
		{"a,b", "a", "", nil, `"b" isn't in the order`},
		{"a,b", "a,b,c", "", nil, "no cell has it"},
		{"a,b", "a,b,a", "", nil, "twice"},
	} {
		list := func(text string) []string {
			if text == "" {
				return nil
			}
			return strings.Split(text, ",")
		}
		times, how, err := Times(list(tc.labels), list(tc.order), list(tc.categories))
		if err != nil {
			how = err.Error()
			if u := (Unclear{}); !errors.As(err, &u) || len(u.Labels) == 0 {
				t.Errorf("%s: %v is no Unclear", tc.labels, err)
			}
		}
		if plain := tc.labels == "7,0.5,1e1"; plain != (how == "") {
			t.Errorf("%s: said %q", tc.labels, how)
		}
		if !slices.Equal(times, tc.times) || !strings.Contains(how, tc.says) {
			t.Errorf("%s: times %v (%s), want %v (%s)", tc.labels, times, how, tc.times, tc.says)
		}
	}
}
