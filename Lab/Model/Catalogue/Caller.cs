namespace SynapseLab.Catalogue;

/// <summary>Who sends a request, as far as a proxy can tell by what it carries.</summary>
public enum Caller
{
    /// <summary>A client of a user, with an access token (<c>user</c>).</summary>
    User,

    /// <summary>Another homeserver, with an <c>X-Matrix</c> signature that names it (<c>homeserver</c>).</summary>
    Homeserver,

    /// <summary>Somebody who says nothing about himself: before login, in a browser, or unsigned (<c>anybody</c>).</summary>
    Anybody,
}
