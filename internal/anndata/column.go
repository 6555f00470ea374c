package anndata

import (
	"errors"
	"fmt"

	"github.com/amgen/amgen/internal/hdf5"
)

// ErrUnread is the error of a column of a kind that isn't read.
var ErrUnread = errors.New("a column of a kind that isn't read")

// Column is one of a table: numbers or labels.
type Column struct {
	Numbers []float64 // nil of labels
	Labels  []string  // nil of numbers
	Missing []bool    // which of them aren't there, nil where all are

	// Ordered are the categories of labels in their order, nil where they have none.
	Ordered []string
}

// Len is the number of rows.
func (c *Column) Len() int { return max(len(c.Numbers), len(c.Labels)) }

// plainColumn reads a dataset of numbers or texts.
func plainColumn(d *hdf5.Dataset) (*Column, error) {
	if len(d.Shape) != 1 {
		return nil, fmt.Errorf("a column of shape %v in %.80q; write it again", d.Shape, d.Path)
	}
	c := &Column{}
	var err error
	if d.Type.Texts() {
		c.Labels, err = d.Strings(0, d.Rows())
	} else {
		c.Numbers, err = d.Floats(0, d.Rows())
	}
	return c, err
}

// groupColumn reads a column that is a group: categories with codes, or values with a mask.
func groupColumn(o *hdf5.Object) (*Column, error) {
	encoding, err := kind(o, "encoding-type")
	if err != nil {
		return nil, err
	}
	part := func(name string) (*Column, error) {
		child, err := o.At(name)
		if err != nil {
			return nil, err
		}
		d, err := child.Dataset()
		if err != nil {
			return nil, err
		}
		return plainColumn(d)
	}
	switch encoding {
	case "categorical":
		codes, err := part("codes")
		if err != nil {
			return nil, err
		}
		list, err := o.At("categories")
		if err != nil {
			return nil, err
		}
		return categorical(list, o, codes)
	case "nullable-integer", "nullable-boolean", "nullable-string-array":
		c, err := part("values")
		if err != nil {
			return nil, err
		}
		mask, err := part("mask")
		if err != nil {
			return nil, err
		}
		if len(mask.Numbers) != c.Len() {
			return nil, fmt.Errorf("%d values and %d of a mask in %.80q; write it again", c.Len(), len(mask.Numbers),
				o.Path)
		}
		for i, gone := range mask.Numbers {
			if gone != 0 {
				c.miss(i)
			}
		}
		return c, nil
	}
	return nil, fmt.Errorf("%w: %.40q in %.80q", ErrUnread, encoding, o.Path)
}

// miss marks a row that isn't there.
func (c *Column) miss(row int) {
	if c.Missing == nil {
		c.Missing = make([]bool, c.Len())
	}
	c.Missing[row] = true
}

// categorical puts categories in the place of codes; −1 is none. The attribute of a holder tells whether they have an
// order.
func categorical(list, holder *hdf5.Object, codes *Column) (*Column, error) {
	d, err := list.Dataset()
	if err != nil {
		return nil, err
	}
	categories, err := plainColumn(d)
	if err != nil {
		return nil, err
	}
	c := &Column{}
	if categories.Labels != nil {
		c.Labels = make([]string, codes.Len())
	} else {
		c.Numbers = make([]float64, codes.Len())
	}
	for i, code := range codes.Numbers {
		k := int(code)
		switch {
		case k == -1:
			c.miss(i)
		case k < 0 || k >= categories.Len():
			return nil, fmt.Errorf("category %g of %d in %.80q; copy it again", code, categories.Len(), holder.Path)
		case c.Labels != nil:
			c.Labels[i] = categories.Labels[k]
		default:
			c.Numbers[i] = categories.Numbers[k]
		}
	}
	ordered, err := holder.Attribute("ordered")
	if err != nil || ordered == nil || !ordered.Type.Numbers() {
		return c, err
	}
	if yes, err := ordered.Floats(); err == nil && len(yes) == 1 && yes[0] == 1 {
		c.Ordered = categories.Labels
	}
	return c, nil
}
