(function () {
  "use strict";
  // All charts over time share one view: zooming into one zooms into all.
  var charts = [].slice.call(document.querySelectorAll("svg[data-panel]"));
  var timed = charts.filter(function (svg) { return svg.dataset.start; });
  if (!timed.length) return;
  var whole = [Number(timed[0].dataset.start), Number(timed[0].dataset.end)];
  var view = whole.slice();
  var NS = "http:" + "//www.w3.org/2000/svg";
  var days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  var months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  function two(n) { return (n < 10 ? "0" : "") + n; }
  function clock(s) {
    var d = new Date(Math.round(s * 1000)), fine = view[1] - view[0] < 1200 ? ":" + two(d.getUTCSeconds()) : "";
    return two(d.getUTCHours()) + ":" + two(d.getUTCMinutes()) + fine;
  }
  function day(s) { var d = new Date(s * 1000); return days[d.getUTCDay()] + " " + d.getUTCDate() + " " + months[d.getUTCMonth()]; }
  function format(v) {
    var a = Math.abs(v);
    if (a >= 999500) return (v / 1e6).toPrecision(3) + " M";
    if (a >= 999.5) return (v / 1e3).toPrecision(3) + " k";
    return String(Number(v.toPrecision(3)));
  }
  function make(svg, name, attributes) {
    var node = document.createElementNS(NS, name);
    Object.keys(attributes).forEach(function (key) { node.setAttribute(key, attributes[key]); });
    svg.appendChild(node);
    return node;
  }
  function number(svg, key) { return Number(svg.dataset[key]); }
  function place(svg, time) {
    var left = number(svg, "left"), right = number(svg, "right");
    return left + (time - view[0]) / (view[1] - view[0]) * (right - left);
  }
  function time(svg, x) {
    var left = number(svg, "left"), right = number(svg, "right");
    return view[0] + (x - left) / (right - left) * (view[1] - view[0]);
  }
  // The kept samples of a curve. Only the wide picture has them; they serve the narrow one, too.
  function samples(path) {
    if (!path.samples) {
      var now = whole[0];
      path.samples = {
        times: (path.dataset.t || "").split(" ").map(function (step) { return now += Number(step); }),
        values: (path.dataset.v || "").split(" ").map(Number)
      };
    }
    return path.samples;
  }
  function nearest(path, now) {
    var all = samples(path), best = 0;
    all.times.forEach(function (time, i) {
      if (Math.abs(time - now) < Math.abs(all.times[best] - now)) best = i;
    });
    return { time: all.times[best], value: all.values[best] };
  }
  function height(svg, value) {
    var share = svg.dataset.panel === "log" ? Math.log(Math.max(value, 1)) / Math.LN10 : value;
    return number(svg, "bottom") - share / number(svg, "most") * (number(svg, "bottom") - number(svg, "top"));
  }
  // The values at a time, as lines of text, and the positions of the samples they come from.
  function read(svg, now) {
    var lines = [], dots = [], total = 0, areas = 0;
    var source = svg.parentNode.querySelector("svg.wide") || svg;
    [].forEach.call(source.querySelectorAll(".moves path[data-v]"), function (path) {
      var one = nearest(path, now), name = path.querySelector("title").textContent;
      if (isNaN(one.value)) { lines.push(name + ": none"); return; }
      var when = clock(one.time) === clock(now) && Math.abs(one.time - now) < 60 ? "" : " at " + clock(one.time);
      lines.push(name + ": " + format(one.value) + when);
      if (/Z$/.test(path.getAttribute("d"))) { areas += 1; total += one.value; }
      else dots.push([place(svg, one.time), height(svg, one.value)]);
    });
    if (areas) { lines.reverse(); lines.push("all: " + format(total)); }
    [].forEach.call(source.querySelectorAll("[data-states]"), function (service) {
      var state = service.dataset.states.split(" ").filter(function (one) { return now <= whole[0] + parseFloat(one); })[0];
      var word = { n: "normal", d: "degraded", f: "failing" }[state ? state.slice(-1) : "n"];
      lines.push(service.dataset.name + ": " + word);
    });
    return { lines: lines, dots: dots };
  }
  function redraw() {
    timed.forEach(function (svg) {
      var left = number(svg, "left"), right = number(svg, "right");
      var factor = (whole[1] - whole[0]) / (view[1] - view[0]);
      var shift = left - factor * (left + (view[0] - whole[0]) / (whole[1] - whole[0]) * (right - left));
      [].forEach.call(svg.querySelectorAll(".moves"), function (group) {
        if (!group.clipped) {
          var id = svg.querySelector("title").id + "-clip";
          if (!document.getElementById(id)) {
            var clip = make(svg, "clipPath", { id: id });
            make(clip, "rect", { x: left, y: 0, width: right - left, height: number(svg, "bottom") + 6 });
          }
          var outer = document.createElementNS(NS, "g");
          outer.setAttribute("clip-path", "url(#" + id + ")");
          group.parentNode.insertBefore(outer, group);
          outer.appendChild(group);
          group.clipped = true;
        }
        [].forEach.call(group.children, function (node) {
          if (node.tagName === "circle" || node.tagName === "text" || node.classList.contains("badge")) {
            var first = node.firstX === undefined ? node.firstX = center(node) : node.firstX;
            var now = factor * first + shift;
            node.setAttribute("transform", "translate(" + (now - first) + " 0)");
            node.style.visibility = now < left - 1 || now > right + 1 ? "hidden" : "";
          } else {
            node.setAttribute("vector-effect", "non-scaling-stroke");
            node.setAttribute("transform", "matrix(" + factor + " 0 0 1 " + shift + " 0)");
          }
        });
      });
      var axis = svg.querySelector(".time");
      if (!axis.first) axis.first = axis.innerHTML;
      if (factor === 1) axis.innerHTML = axis.first; else ticks(svg, axis);
    });
  }
  function center(node) {
    if (node.tagName === "circle") return Number(node.getAttribute("cx"));
    return Number((node.tagName === "text" ? node : node.querySelector("text")).getAttribute("x"));
  }
  function ticks(svg, axis) {
    axis.innerHTML = "";
    var steps = [1, 5, 15, 60, 300, 900, 1800, 3600, 10800, 21600, 43200, 86400];
    var left = number(svg, "left"), right = number(svg, "right"), bottom = number(svg, "bottom");
    var step = steps.filter(function (s) { return s / (view[1] - view[0]) * (right - left) >= 64; })[0] || 86400;
    var named = "";
    for (var t = Math.ceil(view[0] / step) * step; t <= view[1]; t += step) {
      var x = place(svg, t);
      make(axis, "line", { x1: x, x2: x, y1: bottom, y2: bottom + 5, "class": "tick" });
      make(axis, "text", { x: x, y: bottom + 20, "text-anchor": "middle", "class": "faint small" }).textContent = clock(t);
      if (day(t) !== named) {
        named = day(t);
        make(axis, "text", { x: x, y: bottom + 40, "text-anchor": "middle" }).textContent = named;
      }
    }
  }
  function zoom(from, to) {
    var least = Math.min(600, (whole[1] - whole[0]) / 20);
    if (to - from < least) { var middle = (from + to) / 2; from = middle - least / 2; to = middle + least / 2; }
    view = [Math.max(whole[0], from), Math.min(whole[1], to)];
    redraw();
    // The values below the cursor have changed.
    timed.forEach(function (svg) { if (svg.refresh) svg.refresh(); });
  }
  timed.forEach(function (svg) {
    var box = svg.parentNode, cursor, rings, reading, begun = null, selection, here = null;
    function local(event) {
      var r = svg.getBoundingClientRect();
      return (event.clientX - r.left) / r.width * svg.viewBox.baseVal.width;
    }
    function inside(x) { return Math.max(number(svg, "left"), Math.min(number(svg, "right"), x)); }
    function show(x) {
      here = x = inside(x);
      if (!cursor) cursor = make(svg, "line", { "class": "cursor", y1: number(svg, "top"), y2: number(svg, "bottom") });
      if (!reading) { reading = document.createElement("div"); reading.className = "reading"; reading.setAttribute("role", "status"); box.appendChild(reading); }
      cursor.setAttribute("x1", x); cursor.setAttribute("x2", x);
      var now = time(svg, x), found = read(svg, now);
      if (!rings) rings = make(svg, "g", { "class": "rings" });
      rings.innerHTML = "";
      found.dots.forEach(function (dot) {
        if (dot[0] >= number(svg, "left") - 1 && dot[0] <= number(svg, "right") + 1) make(rings, "circle", { cx: dot[0], cy: dot[1], r: 3 });
      });
      reading.textContent = "";
      var head = document.createElement("b");
      head.textContent = day(now) + " " + clock(now) + " UTC";
      reading.appendChild(head);
      found.lines.forEach(function (text) {
        var line = document.createElement("div");
        line.textContent = text;
        reading.appendChild(line);
      });
      var r = svg.getBoundingClientRect(), wide = reading.offsetWidth, px = x / svg.viewBox.baseVal.width * r.width;
      reading.style.left = Math.max(0, px + wide + 16 > r.width ? px - wide - 10 : px + 10) + "px";
      reading.style.top = (number(svg, "top") + 4) / svg.viewBox.baseVal.height * r.height + "px";
    }
    function hide() {
      if (cursor) { cursor.remove(); cursor = null; }
      if (rings) { rings.remove(); rings = null; }
      if (reading) { reading.remove(); reading = null; }
    }
    svg.refresh = function () { if (cursor) show(here); };
    svg.addEventListener("pointermove", function (event) {
      var x = inside(local(event));
      show(x);
      if (begun === null) return;
      if (!selection) selection = make(svg, "rect", { "class": "selection", y: number(svg, "top"), height: number(svg, "bottom") - number(svg, "top") });
      selection.setAttribute("x", Math.min(begun, x)); selection.setAttribute("width", Math.abs(x - begun));
    });
    svg.addEventListener("pointerleave", hide);
    svg.addEventListener("pointerdown", function (event) {
      if (event.pointerType === "mouse" && event.button === 0) { begun = inside(local(event)); svg.setPointerCapture(event.pointerId); event.preventDefault(); box.focus(); }
    });
    svg.addEventListener("pointerup", function (event) {
      if (begun === null) return;
      var from = begun, to = inside(local(event));
      begun = null;
      if (selection) { selection.remove(); selection = null; }
      if (Math.abs(to - from) > 8) zoom(time(svg, Math.min(from, to)), time(svg, Math.max(from, to)));
    });
    svg.addEventListener("dblclick", function () { zoom(whole[0], whole[1]); });
    box.addEventListener("keydown", function (event) {
      var middle = number(svg, "left") + (number(svg, "right") - number(svg, "left")) / 2;
      var x = here === null ? middle : here, width = view[1] - view[0], center = time(svg, x);
      if (event.key === "ArrowLeft") show(x - 8);
      else if (event.key === "ArrowRight") show(x + 8);
      else if (event.key === "+" || event.key === "=") { zoom(center - width / 4, center + width / 4); show(middle); }
      else if (event.key === "-") { zoom(center - width, center + width); show(middle); }
      else if (event.key === "Escape") { zoom(whole[0], whole[1]); hide(); }
      else return;
      event.preventDefault();
    });
    box.addEventListener("blur", hide);
  });
  var hint = document.createElement("p");
  hint.className = "hint";
  hint.textContent = "Point at a chart to read the nearest sample of each curve, with its time if it differs. Drag to zoom in, double-click to show the whole run again. Keyboard: arrow keys move, + and - zoom, Escape resets.";
  document.querySelector("header").appendChild(hint);
})();
