package eval

// Options of metrics. Zero values are the defaults; a metric uses its own alone, see [Metric.Settings].
type Options struct {
	// Extrapolate a fid to an infinite number of samples.
	Extrapolate bool `json:"extrapolate,omitempty"`
	// Subsets of kid, and the samples of each.
	Subsets    int `json:"subsets,omitempty"`
	SubsetSize int `json:"subset_size,omitempty"`
	// Splits of is.
	Splits int `json:"splits,omitempty"`
	// Neighbours of prdc.
	Neighbours int `json:"neighbours,omitempty"`
	// Projections of sw2.
	Projections int `json:"projections,omitempty"`
}

// Setting is an option of a metric.
type Setting struct {
	Name string // in reports
	Help string
	// Number is where the option is, or Switch; the other is nil.
	Number func(*Options) *int
	Switch func(*Options) *bool
	// Default and Least are of numbers.
	Default, Least int
}

// value of the setting, as reports have it.
func (s Setting) value(o Options) any {
	if s.Switch != nil {
		return *s.Switch(&o)
	}
	return *s.Number(&o)
}

// resolve fills in the defaults of a metric's options, and refuses what isn't one of their values.
func (m Metric) resolve(o Options) (Options, error) {
	for _, s := range m.Settings {
		if s.Number == nil {
			continue
		}
		switch at := s.Number(&o); {
		case *at == 0:
			*at = s.Default
		case *at < s.Least:
			return o, unfit("%s of %s must be at least %d, got %d", s.Name, m.Name, s.Least, *at)
		}
	}
	return o, nil
}

// reported are the options as reports have them; nil of none.
func (m Metric) reported(o Options) map[string]any {
	var values map[string]any
	for _, s := range m.Settings {
		if values == nil {
			values = map[string]any{}
		}
		values[s.Name] = s.value(o)
	}
	return values
}

var (
	extrapolate = Setting{Name: "extrapolate", Switch: func(o *Options) *bool { return &o.Extrapolate },
		Help: "estimate FID∞, by linear extrapolation of the values of subsets in 1/n"}
	subsets = Setting{Name: "subsets", Number: func(o *Options) *int { return &o.Subsets }, Default: kidSubsets,
		Least: 1,
		Help:  "number of random subsets"}
	subsetSize = Setting{Name: "subset_size", Number: func(o *Options) *int { return &o.SubsetSize }, Default: kidSize,
		Least: 2,
		Help:  "samples per subset, or all if there are fewer"}
	splits = Setting{Name: "splits", Number: func(o *Options) *int { return &o.Splits }, Default: 10, Least: 1,
		Help: "number of splits of the samples; the standard error is over the splits"}
	neighbours = Setting{Name: "neighbours", Number: func(o *Options) *int { return &o.Neighbours }, Default: 3,
		Least: 1,
		Help:  "number of nearest neighbours for precision and recall"}
	projections = Setting{Name: "projections", Number: func(o *Options) *int { return &o.Projections }, Default: 500,
		Least: 1,
		Help:  "number of random directions"}
)
